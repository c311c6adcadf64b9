/*
 * reread.h
 *	  Deparsed expressions that come out the same when they are read again.
 */
#ifndef GRADUAL_REREAD_H
#define GRADUAL_REREAD_H

/* The same expression or definition, as PostgreSQL deparses it, so written. */
extern char *gradual_reread_same(const char *sql);

#endif							/* GRADUAL_REREAD_H */
