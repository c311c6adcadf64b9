# The table, from the lines of medians.awk: a block for each variant, a line for
# each engine, and what is named first in a block is what the others are divided by.

function spread(name, format)
{
	if (!(name in median))
		return "-"
	if (runs[name] == 1)
		return sprintf(format, median[name])
	return sprintf(format " " format "-" format, median[name], least[name], greatest[name])
}

function ratio(name, base)
{
	if (!(name in median) || median[base] + 0 == 0)
		return "-"
	return sprintf("x%.2f", median[name] / median[base])
}

function growth(name)
{
	return name in median ? sprintf("x%.2f", median[name]) : "-"
}

function title(variant)
{
	gsub(/_/, " ", variant)
	return variant
}

{
	block = $1 " " $2
	row = block " " $3
	if (!(block in lines))
		blocks[++count] = block
	if (!(row in seen)) {
		seen[row] = 1
		engine[block, ++lines[block]] = $3
	}
	name = row " " $4
	median[name] = $5
	least[name] = $6
	greatest[name] = $7
	runs[name] = $8
}

function alone(block,    i, row, base)
{
	format = "%-20s %18s %6s %18s %6s %8s %6s %6s %6s %10s %6s %7s %9s %7s\n"
	printf format, title(substr(block, 7)), "wall s", "", "cpu us/row", "", "WAL/row", "", "table",
		"pkey", "created_at", "email", "mem MB", "ledger kB", "other %"
	base = block " " engine[block, 1] " "
	for (i = 1; i <= lines[block]; i++) {
		row = block " " engine[block, i] " "
		printf format, engine[block, i], spread(row "wall", "%.1f"), ratio(row "wall", base "wall"),
			spread(row "cpu", "%.1f"), ratio(row "cpu", base "cpu"), sprintf("%.0f", median[row "wal"]),
			ratio(row "wal", base "wal"), growth(row "users"), growth(row "pkey"),
			growth(row "created_at"), growth(row "email"), sprintf("%.0f", median[row "memory"]),
			(row "ledger") in median ? sprintf("%.0f", median[row "ledger"]) : "-",
			sprintf("%.0f", median[row "other"])
	}
}

function load(block,    i, row, base)
{
	format = "%-20s %18s %7s %18s %6s %18s %7s %18s %8s %7s %7s\n"
	printf format, title(substr(block, 6)) ", load", "wall s", "p50 ms", "p99 ms", "", "p99.9 ms", "",
		"max ms", "", "stop s", "busy %"
	base = block " " engine[block, 1] " "
	for (i = 1; i <= lines[block]; i++) {
		row = block " " engine[block, i] " "
		printf format, engine[block, i], spread(row "wall", "%.1f"), sprintf("%.2f", median[row "p50"]),
			spread(row "p99", "%.1f"), ratio(row "p99", base "p99"),
			spread(row "p99.9", "%.1f"), ratio(row "p99.9", base "p99.9"),
			spread(row "max", "%.0f"), ratio(row "max", base "max"),
			sprintf("%.2f", median[row "stop"]), sprintf("%.0f", median[row "busy"])
	}
}

# The blocks of a part, one below the other
function show(part,    k)
{
	for (k = 1; k <= count; k++) {
		if (index(blocks[k], part " ") != 1)
			continue
		if (shown++)
			print ""
		if (part == "alone")
			alone(blocks[k])
		else
			load(blocks[k])
	}
}

END {
	show("alone")
	show("load")
}
