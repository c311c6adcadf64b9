/*
 * assigned.h
 *	  The columns that an UPDATE assigns, and rows in which nobody has filled them.
 */
#ifndef GRADUAL_ASSIGNED_H
#define GRADUAL_ASSIGNED_H

#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* Their names (char *), not quoted; NIL of any other statement. */
extern List *gradual_assigned_columns(const char *sql);

/*
 * SQL over a row of rel, called 'alias': all of the columns are as an INSERT that
 * does not name them leaves them.
 */
extern char *gradual_assigned_unfilled(Relation rel, const char *alias, List *columns);

#endif							/* GRADUAL_ASSIGNED_H */
