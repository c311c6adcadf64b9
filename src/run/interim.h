/*
 * interim.h
 *	  What of ours stands on users' tables for a while, and goes with the
 *	  extension.
 */
#ifndef GRADUAL_INTERIM_H
#define GRADUAL_INTERIM_H

#include "ledger/step.h"
#include "run/run.h"

/* The tables of the steps, by the names that they have before these run; OIDs. */
extern List *gradual_interim_tables(List *steps);

/*
 * After the steps, in their transaction and under their locks: let DROP
 * EXTENSION .. CASCADE take along the interim constraints of the tables, and
 * none that is to stay.
 */
extern void gradual_interim_tie(List *tables);

/*
 * Has somebody dropped one of the tables (char *) of a step?  Not so if it may
 * have another name by now: a trigger of the migration is on a table that it does
 * not know.  In a transaction; takes no lock.
 */
extern bool gradual_interim_table_is_gone(GradualRun *run, List *tables);

/*
 * Is there nothing left to do for the step on one of its tables, since somebody has
 * dropped that, and its commands are of those that pass over it then?  The same as
 * above goes for it.
 */
extern bool gradual_interim_goes_with_table(GradualRun *run, const GradualStep *step,
											char *table);

/*
 * Before a step is begun or undone, up to the swap: raises if one of the tables
 * (char *) that it locks got its name from the one that has its sync trigger, or if
 * that has a name now which nobody knows.  In a transaction; takes no lock.
 */
extern void gradual_interim_require_in_place(GradualRun *run, List *tables);

#endif							/* GRADUAL_INTERIM_H */
