/*
 * query.h
 *	  A query of ours that stands among the statements of a migration.
 */
#ifndef GRADUAL_QUERY_H
#define GRADUAL_QUERY_H

#include "nodes/pg_list.h"

/*
 * The rows (GradualRow *) of a query on the catalogs.  Its operators, functions and
 * relations are those of pg_catalog: others in the search_path, which somebody else
 * may have made there, are not looked at.  But it runs under that search_path: a name
 * in a value (to_regclass('t')) means what it means in the script.
 */
extern List *gradual_query_rows(const char *sql);

#endif							/* GRADUAL_QUERY_H */
