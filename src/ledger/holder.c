/*
 * holder.c
 *	  What stands in the way of a start: tables that another migration holds,
 *	  and dependencies that are not completed.
 */
#include "postgres.h"

#include "base/spi.h"
#include "ledger/ledger.h"
#include "ledger/own.h"

static int	compare_words(const ListCell *a, const ListCell *b);

char *
gradual_ledger_holder_of(int32 id, List *tables, char **table)
{
	GradualArgs args = {0};
	GradualRow *row;
	List	   *sorted = list_copy(tables);
	ListCell   *lc;

	/* in one order everywhere, else two starts could deadlock */
	list_sort(sorted, compare_words);
	foreach(lc, sorted)
		gradual_own_lock(lfirst(lc));

	gradual_args_int(&args, id);
	gradual_args_text_list(&args, tables);
	row = gradual_own_latest_row("SELECT m.name, held.name"
								 " FROM gradual.migration m, pg_catalog.unnest(m.tables) AS held (name)"
								 " WHERE m.id <> $1 AND held.name = ANY ($2)"
								 " AND m.status NOT IN ('defined', 'completed', 'rolled_back')"
								 " ORDER BY m.id LIMIT 1", &args);
	if (row == NULL)
		return NULL;
	*table = gradual_row_text(row, 2);
	return gradual_row_text(row, 1);
}

static int
compare_words(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

char *
gradual_ledger_open_dependency(List *depends_on)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_text_list(&args, depends_on);
	row = gradual_own_row("SELECT d.name"
						  " FROM pg_catalog.unnest($1) WITH ORDINALITY AS d (name, position)"
						  " LEFT JOIN gradual.migration m ON m.name = d.name"
						  " WHERE m.status IS DISTINCT FROM 'completed'"
						  " ORDER BY d.position LIMIT 1", &args);
	return row ? gradual_row_text(row, 1) : NULL;
}

bool
gradual_ledger_is_circular(const char *name, List *depends_on)
{
	GradualArgs args = {0};

	gradual_args_text(&args, name);
	gradual_args_text_list(&args, depends_on);
	return gradual_own_row("WITH RECURSIVE awaited (name) AS (SELECT pg_catalog.unnest($2)"
						   " UNION SELECT pg_catalog.unnest(m.depends_on)"
						   " FROM awaited a JOIN gradual.migration m ON m.name = a.name)"
						   " SELECT 1 FROM awaited WHERE name = $1", &args) != NULL;
}
