/*
 * event.c
 *	  The audit log: who did what to which migration.  Rows are only added, in
 *	  the transaction of what they tell about, and outlive the migration.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/spi.h"
#include "ledger/event.h"
#include "ledger/own.h"

char *
gradual_event_author(bool worker)
{
	return worker ? NULL : GetUserNameFromId(GetUserId(), true);
}

void
gradual_event_write(const GradualEvent *event)
{
	GradualArgs args = {0};

	gradual_args_text(&args, event->migration);
	gradual_args_text(&args, event->author);
	gradual_args_text(&args, event->event);
	gradual_args_text(&args, event->from);
	gradual_args_text(&args, event->to);
	gradual_args_int(&args, event->step);
	gradual_args_text(&args, event->detail);
	gradual_own_run("INSERT INTO gradual.migration_event"
					" (name, owner, by_role, event, from_status, to_status, step, detail)"
					" SELECT name, owner,"
					" coalesce($2::name, pg_catalog.pg_get_userbyid(owner)),"
					" $3, $4, $5, nullif($6, 0), $7"
					" FROM gradual.migration WHERE name = $1", &args);
}

void
gradual_ledger_event(const char *migration, const char *event, int step, const char *detail)
{
	GradualEvent entry = {0};

	entry.migration = migration;
	entry.event = event;
	entry.author = gradual_event_author(MyBackendType == B_BG_WORKER);
	entry.step = step;
	entry.detail = detail;
	gradual_event_write(&entry);
}
