/*
 * condition.h
 *	  The query of IF EXISTS (..) or IF NOT EXISTS (..) in a DO block, that asks the
 *	  catalogs for something by its name.
 */
#ifndef GRADUAL_SCRIPT_CONDITION_H
#define GRADUAL_SCRIPT_CONDITION_H

#include "nodes/pg_list.h"

/* Does the query ask for something of that name, and for nothing that is no catalog's? */
extern bool gradual_condition_asks_for(const Node *query, const char *name);

/* Can what has these names (of char *: its own, its table's, its schema's) be what it finds? */
extern bool gradual_condition_fits(const Node *query, List *names);

/* Does it find a row?  Its text is run as it stands. */
extern bool gradual_condition_holds(const Node *query, const char *text);

/* .. or more than one, for all that is known? */
extern bool gradual_condition_finds_several(const Node *query, const char *text);

#endif							/* GRADUAL_SCRIPT_CONDITION_H */
