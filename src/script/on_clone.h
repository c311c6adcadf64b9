/*
 * on_clone.h
 *	  Running statements on clones.
 */
#ifndef GRADUAL_ON_CLONE_H
#define GRADUAL_ON_CLONE_H

#include "script/rehearsal.h"

/*
 * Run a utility statement of the script, whose names have been redirected.
 * Event triggers do not see it.
 */
extern void gradual_clone_run(GradualRehearsal *rehearsal, Node *statement);

/* Run SQL of our own, with search_path = pg_catalog. */
extern void gradual_clone_run_text(GradualRehearsal *rehearsal, const char *sql);

#endif							/* GRADUAL_ON_CLONE_H */
