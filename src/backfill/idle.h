/*
 * idle.h
 *	  Do the triggers of a leaf leave alone what a batch writes?
 */
#ifndef GRADUAL_IDLE_H
#define GRADUAL_IDLE_H

#include "nodes/parsenodes.h"
#include "utils/relcache.h"

/*
 * Is the sync trigger of the migration the only BEFORE UPDATE trigger that would
 * fire for its rows, and would it change nothing in what 'query', an analysed
 * UPDATE of the leaf, writes?  The relation is locked, so that no trigger comes
 * meanwhile; session_replication_role is that of the batch.  Raises nothing.
 */
extern bool gradual_idle_triggers(Relation rel, Query *query, int32 migration);

#endif							/* GRADUAL_IDLE_H */
