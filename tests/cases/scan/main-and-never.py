"""What only a start of the file runs, and what never runs."""
import sys

if __name__ == "__main__":
    import started

    def main():
        import in_main
else:
    import imported
if "__main__" == __name__:
    import started_too
if False:
    import never_one
if 0:
    import never_two
elif True:
    import surely
if not False:
    import surely_too
else:
    import never_three
while False:
    import never_four
