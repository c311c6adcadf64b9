/*
 * leftover.h
 *	  What a migration's code would leave in the session of another role.
 *
 * A client's session drives the migration of somebody else (run_batch(), as a
 * superuser say).  What that leaves there, the session's own statements would
 * find afterwards, and run as their role.
 */
#ifndef GRADUAL_LEFTOVER_H
#define GRADUAL_LEFTOVER_H

#include "nodes/pg_list.h"

extern void gradual_leftover_init(void);

/*
 * From here to the end of this security context, what runs in a client's session is
 * the code of a guest, if the current user is not 'session', as whom it came here.
 */
extern void gradual_leftover_mark_guest(Oid session);

/* The cursors that are there before a guest's code; and close those that it has opened. */
extern List *gradual_leftover_cursors(void);
extern void gradual_leftover_close_cursors(List *before);

/*
 * The temporary relations and types of others than the current user, a list of
 * OIDs; and the first one that is not on a list, in words ('relation "x"'; NULL =
 * none).
 */
extern List *gradual_leftover_temporary(void);
extern char *gradual_leftover_new_temporary(List *before);

#endif							/* GRADUAL_LEFTOVER_H */
