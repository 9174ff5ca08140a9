"""The commands of a page of the manual as one shell script: all fenced bash blocks in order; those marked `long` only if asked for."""
import re, sys
page, long = sys.argv[1], sys.argv[2] == "long"
print("set -eu")
for mark, block in re.findall(r"^```bash( long)?\n(.*?)^```$", open(page).read(), re.M | re.S):
    if long or not mark:
        print(block)
