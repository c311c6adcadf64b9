/*
 * cache.h
 *	  The compiled form of each sync trigger that this session has fired.
 */
#ifndef GRADUAL_SYNC_CACHE_H
#define GRADUAL_SYNC_CACHE_H

#include "commands/trigger.h"

#include "sync/compile.h"

typedef struct GradualSyncTrigger
{
	/* Memory */
	MemoryContext context;		/* holds all of this */

	/* Info */
	Oid			compiled_by;
	bool		incomplete;		/* a column could not be compiled */
	bool		alone;			/* no other trigger changes a row before it is
								 * updated */
	int			ncolumns;
	GradualSyncColumn columns[FLEXIBLE_ARRAY_MEMBER];
} GradualSyncTrigger;

/*
 * The compiled trigger of a call; compiles it if that has not been done yet, or
 * if what it depends on has changed.  The result is good until the end of the
 * row's trigger call, whatever happens meanwhile.  *hint: NULL at the first
 * call of a statement, and kept for the next ones.
 *
 * A column that cannot be compiled is marked as broken; the server log gets that
 * once a session.  Raises 39P01 for arguments that are not
 * groups of four with a known mode.
 */
extern GradualSyncTrigger *gradual_sync_cache_get(TriggerData *call, void **hint);

/* Registers the invalidation callbacks; once a process. */
extern void gradual_sync_cache_init(void);

#endif							/* GRADUAL_SYNC_CACHE_H */
