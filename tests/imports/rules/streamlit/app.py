import streamlit as st

connection = st.connection("inventory", type="sql")
st.plotly_chart({})
st.navigation([st.Page("views/detail.py")])
