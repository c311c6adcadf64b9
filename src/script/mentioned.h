/*
 * mentioned.h
 *	  Functions whose text names a table or column.
 */
#ifndef GRADUAL_MENTIONED_H
#define GRADUAL_MENTIONED_H

/*
 * 'public.f(integer), public.g()': of users, in whichever language; NULL = there
 * is none.  For a column they name its table as well, or are its triggers'.
 * 'column' may be NULL.  Only reads the catalog.
 */
extern char *gradual_mentioned(Oid table, const char *column);

#endif							/* GRADUAL_MENTIONED_H */
