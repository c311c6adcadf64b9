/*
 * rows.h
 *	  Which columns a query reads without naming them.  Pure.
 */
#ifndef GRADUAL_RECIPE_ROWS_H
#define GRADUAL_RECIPE_ROWS_H

#include "script/script.h"

/* Is there a '*' or 't.*', of whatever it is, and not only count(*) or a product? */
extern bool gradual_rows_star(const GradualStatement *statement);

/*
 * Does a statement that is a query, or makes a table or view by one, read whole rows
 * of the table if it reads the table at all: '*', to_jsonb(t), NATURAL JOIN?
 */
extern bool gradual_rows_whole(const GradualStatement *statement, const GradualTable *table);

/* .. as a list of columns: '*', 't.*' among what it selects? */
extern bool gradual_rows_listed(const GradualStatement *statement, const GradualTable *table);

/* Does it give the table's columns names of its own: 'FROM t AS x (a, b)'? */
extern bool gradual_rows_renamed(const GradualStatement *statement, const GradualTable *table);

/* Does it say a column's name without that of a table, as by USING? */
extern bool gradual_rows_name_bare(const GradualStatement *statement, char *column);

#endif							/* GRADUAL_RECIPE_ROWS_H */
