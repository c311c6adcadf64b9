/*
 * place.h
 *	  Where in a script an error is: its statement and its position.
 */
#ifndef GRADUAL_PLACE_H
#define GRADUAL_PLACE_H

#include "utils/elog.h"

typedef struct GradualPlace
{
	const char *text;			/* of the script */
	int			statement;		/* from 1; 0 = not known yet */
	bool		own_text;		/* what runs is a text of ours: its positions
								 * mean nothing in the script */
	ErrorContextCallback callback;
} GradualPlace;

/*
 * From now on an error says in which statement of the script it is, and its
 * position points into the text that the client sent, if the script stands
 * there, else into the script as an internal query.
 */
extern void gradual_place_enter(GradualPlace *place, const char *text);
extern void gradual_place_leave(GradualPlace *place);

/* For use inside ereport(): the byte offset in the script; negative = none. */
extern int	gradual_place_position(const char *text, int location);

/* The same, where no place need have been entered. */
extern int	gradual_place_point(const char *text, int location);

#endif							/* GRADUAL_PLACE_H */
