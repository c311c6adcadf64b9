/*
 * init.c
 *	  Loading the library: settings, callbacks, and the launcher if preloaded.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "api/batch.h"
#include "base/compat.h"
#include "base/guc.h"
#include "base/leftover.h"
#include "base/testpoint.h"
#include "base/witness.h"
#include "run/launch.h"
#include "run/worker.h"
#include "sync/sync.h"

PG_MODULE_MAGIC;

void
_PG_init(void)
{
	gradual_guc_define();
	gradual_leftover_init();
	gradual_launch_init();
	gradual_batch_init();
	gradual_sync_init();
#ifdef GRADUAL_TESTING
	gradual_testpoint_init();
	gradual_witness_init();
#endif

	/*
	 * pg_upgrade reads the schema, and later copies the files: nothing may
	 * change in between.
	 */
	if (process_shared_preload_libraries_in_progress && !IsBinaryUpgrade)
		gradual_launcher_register();
}
