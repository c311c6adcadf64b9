/*
 * event.h
 *	  Writing to the audit log.  For src/ledger only; the rest of the tree uses
 *	  gradual_ledger_event().
 */
#ifndef GRADUAL_EVENT_H
#define GRADUAL_EVENT_H

/*
 * Who is shown as the author: the current user, or NULL for the owner of the
 * migration.  What a worker does it does for the owner, whatever role it
 * connected as.
 */
extern char *gradual_event_author(bool worker);

typedef struct GradualEvent
{
	const char *migration;
	const char *event;
	const char *author;			/* of gradual_event_author() */
	const char *from;			/* statuses, or NULL */
	const char *to;
	int			step;			/* 0 = none */
	const char *detail;			/* or NULL */
} GradualEvent;

/* Add an event of a migration that is in the ledger. */
extern void gradual_event_write(const GradualEvent *event);

#endif							/* GRADUAL_EVENT_H */
