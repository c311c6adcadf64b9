/*
 * dead_entries.h
 *	  Index entries of the rows that have left a window.
 */
#ifndef GRADUAL_DEAD_ENTRIES_H
#define GRADUAL_DEAD_ENTRIES_H

#include "utils/snapshot.h"

#include "backfill/window.h"

/*
 * If rows have left the window since the last call: mark their entries in the
 * indexes that follow the order of the table, so that the next row that needs room
 * there finds it.  Their old versions have to be dead to all by now, else it is
 * in vain: rotation.c lets such a window rest until they are.  Changes nothing but
 * hints.
 *
 * The table is locked, the snapshot is the active one.  Locks its indexes in
 * ACCESS SHARE mode, as the statement does, and leaves little in the current
 * memory context.
 */
extern void gradual_dead_entries_mark(GradualWindow *window, Relation rel, Snapshot snapshot);

#endif							/* GRADUAL_DEAD_ENTRIES_H */
