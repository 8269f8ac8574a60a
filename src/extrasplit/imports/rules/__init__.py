"""Framework rules: data, one file per framework, and what data cannot say."""
