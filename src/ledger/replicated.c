/*
 * replicated.c
 *	  What logical replication brings from the ledger of another database.
 *
 * A publication FOR ALL TABLES has the ledger in it.  A subscriber that took its
 * rows in would find its own migrations overwritten, since both ledgers count
 * from 1.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"
#include "replication/logicalworker.h"

PG_FUNCTION_INFO_V1(gradual_pass_over);

/* Whoever else is in replica role, such as a restore, writes rows of this ledger. */
Datum
gradual_pass_over(PG_FUNCTION_ARGS)
{
	TriggerData *call = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("gradual.pass_over() can be called by a trigger only")));
	if (IsLogicalWorker())
		return PointerGetDatum(NULL);
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(call->tg_event) ?
						   call->tg_newtuple : call->tg_trigtuple);
}
