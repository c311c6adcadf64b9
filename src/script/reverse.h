/*
 * reverse.h
 *	  How a column that the script drops follows the new shape until the swap:
 *	  expressions that the caller of define() gave by 'table.column'.
 */
#ifndef GRADUAL_REVERSE_H
#define GRADUAL_REVERSE_H

#include "script/rehearsal.h"

/*
 * Read '{"table.column": "expression"}' into the script.  Raises 22023 for what
 * is no such object.
 */
extern void gradual_reverse_read(GradualScript *script, const char *json);

/*
 * The text for the sync trigger that gives a column its value; NULL if none was
 * asked for.  To be called before the column is dropped on the clone.  Raises
 * what PostgreSQL raises for a wrong expression, and 0A000 for one that does not
 * follow from the row itself.
 */
extern char *gradual_reverse_expression(GradualRehearsal *rehearsal,
										const GradualRelation *relation, const char *column);

/* Raise if something was asked for that no statement has used. */
extern void gradual_reverse_check_used(const GradualScript *script);

#endif							/* GRADUAL_REVERSE_H */
