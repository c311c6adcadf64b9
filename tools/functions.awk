# Functions beyond the limit of lines, from the tags of universal-ctags
# (--fields=+ne).  A table of data may be longer: a comment "lint: table"
# in it says that it is one.
#
#   ctags ... | awk -F '\t' -f tools/functions.awk -v limit=120

{
	line = end = 0
	for (i = 4; i <= NF; i++) {
		if ($i ~ /^line:/)
			line = substr($i, 6) + 0
		else if ($i ~ /^end:/)
			end = substr($i, 5) + 0
	}
	if (!end || end - line + 1 <= limit)
		next
	number = table = 0
	while ((getline text < $2) > 0) {
		number++
		if (number >= line - 10 && number <= end && text ~ /lint: table/)
			table = 1
	}
	close($2)
	if (!table) {
		print $2 ":" line ": " $1 " has " (end - line + 1) " lines, the limit is " limit
		bad = 1
	}
}

END { exit bad }
