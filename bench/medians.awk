# From the figures of single runs (part variant engine column value) to one line
# for each figure, in the order of their first appearance:
#
#   part variant engine column median least greatest runs

{
	name = $1 " " $2 " " $3 " " $4
	if (!(name in runs))
		names[++count] = name
	# sorted as they come in
	for (i = runs[name]++; i > 0 && value[name, i] > $5 + 0; i--)
		value[name, i + 1] = value[name, i]
	value[name, i + 1] = $5 + 0
}

END {
	for (k = 1; k <= count; k++) {
		name = names[k]
		n = runs[name]
		low = value[name, int((n + 1) / 2)]
		high = value[name, int(n / 2) + 1]
		printf "%s %.6g %.6g %.6g %d\n", name, (low + high) / 2, value[name, 1], value[name, n], n
	}
}
