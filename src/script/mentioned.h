/*
 * mentioned.h
 *	  Functions whose text names a table or column.
 */
#ifndef GRADUAL_MENTIONED_H
#define GRADUAL_MENTIONED_H

#include "nodes/pg_list.h"

/*
 * 'public.f(integer), public.g()': of users, in whichever language; NULL = there
 * is none.  For a column they name its table as well, or are its triggers'.
 * Only read the catalog.
 */
extern char *gradual_mentioned_tables(List *names); /* of char *, not quoted */
extern char *gradual_mentioned_column(Oid table, const char *column);

#endif							/* GRADUAL_MENTIONED_H */
