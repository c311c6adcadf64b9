/*
 * event.h
 *	  Writing to the audit log.  All rules of ledger.h hold.
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

/* Write to the audit log; the role is the owner's in a worker, else the current user. */
extern void gradual_ledger_event(const char *migration, const char *event, int step, const char *detail);

#endif							/* GRADUAL_EVENT_H */
