# The same as table.awk, drawn: SVG that needs nothing else and can be read on
# light and dark ground.  Lines of medians.awk in, the picture out.
#
# A panel has a line for each engine (or variant) and a column for each figure; a
# bar is the median, the thin line over it goes from least to greatest, and the
# upright mark is what one UPDATE costs.

BEGIN {
	left = 160
	column_width = 140
	bar_width = 78
	line_height = 20
	y = 0
}

{
	name = $1 " " $2 " " $3 " " $4
	median[name] = $5
	least[name] = $6
	greatest[name] = $7
	runs[name] = $8
	if (!(($1, $2) in lines))
		variants[$1, ++count[$1]] = $2
	if (!(($1, $2, $3) in seen)) {
		seen[$1, $2, $3] = 1
		engines[$1, $2, ++lines[$1, $2]] = $3
	}
	# what the indexes grew by, all together, is what the worst of them grew by
	if ($1 == "alone" && $4 !~ /^(wall|cpu|wal|memory|ledger|other|users)$/) {
		worst = $1 " " $2 " " $3 " indexes"
		if (!(worst in median) || $5 > median[worst]) {
			median[worst] = $5
			least[worst] = $6
			greatest[worst] = $7
		}
	}
}

function words(name)
{
	gsub(/_/, " ", name)
	sub(/^pg gradual/, "pg_gradual", name)
	return name
}

function put(x, class, string)
{
	body = body sprintf("<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, class, string)
}

function heading(string, note)
{
	y += 34
	put(0, "title", string)
	y += 16
	put(0, "note", note)
	y += 22
}

# The columns of a panel: their titles, and how a figure becomes a length
function columns(list,    i, n, part)
{
	n = split(list, part, ",")
	for (i = 1; i <= n; i++)
		put(left + (i - 1) * column_width, "note", part[i])
	y += 6
}

# From a figure to the length of its bar.  Times and bytes are parts of what one
# UPDATE takes, sizes what is added to the size before, milliseconds logarithmic.
function measure(figure, value, base)
{
	if (figure == "users" || figure == "indexes")
		return value - 1
	if (figure ~ /^(p|max)/)
		return value > 0.1 ? log(value / 0.1) / log(10) : 0
	return base > 0 ? value / base : 0
}

function label(figure, value, base)
{
	if (figure == "users" || figure == "indexes")
		return sprintf("+%.0f %%", 100 * (value - 1) + 1e-9)
	if (figure ~ /^(p|max)/)
		return value < 1000 ? sprintf(value < 10 ? "%.1f" : "%.0f", value) : sprintf("%.1f s", value / 1000)
	return sprintf("%.2f", value / base)
}

function rectangle(x, top, width, height, class)
{
	body = body sprintf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\"/>\n",
		x, top, width, height, class)
}

# One figure of one engine, with the mark of what it is measured by
function cell(i, row, base, figure, greatest_length,    x, unit, name, reference, from, upto)
{
	name = row " " figure
	if (!(name in median))
		return
	reference = median[base " " figure]
	x = left + (i - 1) * column_width
	unit = bar_width / (greatest_length > 0 ? greatest_length : 1)
	upto = measure(figure, median[name], reference) * unit
	rectangle(x, y - 10, upto > 1 ? upto : 1, 11, row ~ / pg_gradual/ ? "ours" : "other")
	if (runs[name] > 1) {
		from = measure(figure, least[name], reference) * unit
		upto = measure(figure, greatest[name], reference) * unit
		rectangle(x + from, y - 5, upto - from, 1, "spread")
	}
	if (row != base && figure !~ /^(p|max)/)
		rectangle(x + measure(figure, reference, reference) * unit, y - 12, 1.5, 15, "mark")
	put(x + bar_width + 6, "value", label(figure, median[name], reference))
}

# The longest bar of a column; milliseconds have one scale in all columns
function longest(row, rows, figures,    figure, i, j, n, part, name, reference, length_here, result)
{
	n = split(figures, figure, ",")
	for (j = 1; j <= n; j++)
		for (i = 1; i <= rows; i++) {
			split(row[i], part, "=")
			name = part[2] " " figure[j]
			reference = median[part[3] " " figure[j]]
			length_here = measure(figure[j], greatest[name], reference)
			if (length_here > result)
				result = length_here
			length_here = measure(figure[j], reference, reference)
			if (length_here > result)
				result = length_here
		}
	return result
}

# rows: a list of "title=row=base"
function panel(rows, figures,    n, m, row, figure, i, j, part, scale)
{
	n = split(rows, row, ";")
	m = split(figures, figure, ",")
	for (j = 1; j <= m; j++)
		scale[j] = longest(row, n, figures ~ /max/ ? figures : figure[j])
	for (i = 1; i <= n; i++) {
		y += line_height
		split(row[i], part, "=")
		put(0, part[1] ~ /pg_gradual/ ? "name own" : "name", part[1])
		for (j = 1; j <= m; j++)
			cell(j, part[2], part[3], figure[j], scale[j])
	}
}

function rows_of(part, variant,    i, list)
{
	for (i = 1; i <= lines[part, variant]; i++)
		list = list (i > 1 ? ";" : "") words(engines[part, variant, i]) "=" \
			part " " variant " " engines[part, variant, i] "=" \
			part " " variant " " engines[part, variant, 1]
	return list
}

END {
	first = variants["alone", 1]
	if (first != "") {
		heading("Filling a column: " words(first),
			"time, processor time and WAL as parts of one UPDATE; growth of the table and of the index that grew most")
		columns("time,processor time,WAL,table,index")
		panel(rows_of("alone", first), "wall,cpu,wal,users,indexes")
	}
	rows = ""
	for (k = 2; k <= count["alone"]; k++)
		if (seen["alone", variants["alone", k], "pg_gradual"] && seen["alone", variants["alone", k], "one_update"])
			rows = rows (rows == "" ? "" : ";") words(variants["alone", k]) "=" \
				"alone " variants["alone", k] " pg_gradual=alone " variants["alone", k] " one_update"
	if (rows != "") {
		heading("pg_gradual, other tables and statements",
			"the upright mark is one UPDATE of the same")
		columns("time,processor time,WAL,table,index")
		panel(rows, "wall,cpu,wal,users,indexes")
	}
	for (k = 1; k <= count["load"]; k++) {
		heading("An application beside it: " words(variants["load", k]),
			"milliseconds of its transactions, from when they were due; the scale is logarithmic")
		columns("half within,99 %,99.9 %,longest")
		panel(rows_of("load", variants["load", k]), "p50,p99,p99.9,max")
	}
	y += 14
	width = left + 5 * column_width
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", width, y, width, y
	print "<style>"
	print "text { font: 12px system-ui, sans-serif; fill: #59636e }"
	print ".title { font-size: 15px; font-weight: 600 } .own { font-weight: 600 }"
	print ".ours { fill: #2f81f7 } .other { fill: #9aa4af } .mark, .spread { fill: #59636e }"
	print "@media (prefers-color-scheme: dark) { text, .mark, .spread { fill: #a9b1ba } .other { fill: #57606a } }"
	print "</style>"
	printf "%s</svg>\n", body
}
