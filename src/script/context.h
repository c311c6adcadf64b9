/*
 * context.h
 *	  Where in a script an error is: its statement and its position.
 */
#ifndef GRADUAL_CONTEXT_H
#define GRADUAL_CONTEXT_H

#include "utils/elog.h"

typedef struct GradualContext
{
	const char *script;			/* its text */
	int			statement;		/* from 1; 0 = not known yet: that of the
								 * error's position */
	int			opaque;			/* the DO or CALL before it; 0 = none */
	const char *row_column;		/* one that holds rows of a table with a
								 * clone, so that functions do not take those
								 * of the clone; NULL = none */
	const char *above;			/* a table of the script, above one whose
								 * clone does not inherit from its clone; or
								 * NULL */
	bool		own_text;		/* what runs is a text of ours: its positions
								 * mean nothing in the script */
	const char *reverse;		/* the column whose reverse expression that
								 * is; or NULL */
	ErrorContextCallback callback;
} GradualContext;

/*
 * From now on an error says in which statement of the script it is, and its
 * position points into the text that the client sent, if the script stands
 * there, else into the script as an internal query.
 */
extern void gradual_context_enter(GradualContext *context, const char *script);
extern void gradual_context_leave(GradualContext *context);

/* For use inside ereport(): the byte offset in the script; negative = none. */
extern int	gradual_context_position(const char *script, int location);

/* The same, also where none was entered. */
extern int	gradual_context_point(const char *script, int location);

#endif							/* GRADUAL_CONTEXT_H */
