/*
 * stall.c
 *	  Patience with the MVCC horizon.
 *
 * A moving horizon is what makes a backfill cheap, so a short stall is worth a
 * wait; but a session that is idle in transaction overnight must not stop a
 * migration.  Going on plainly costs what one plain UPDATE costs, never more.
 */
#include "postgres.h"

#include "access/transam.h"
#include "storage/procarray.h"

#include "base/clock.h"
#include "base/lock.h"
#include "backfill/stall.h"

#define NAME_HOLDER_MS 200
#define ASK_AGAIN_MS 1000
#define GIVE_UP_MS 2000

void
gradual_stall_over(GradualStall *stall)
{
	stall->since = 0;
	stall->asked = 0;
}

static void
go_plain(GradualStall *stall)
{
	stall->plain = true;
	stall->plain_xid = ReadNextTransactionId();
	gradual_stall_over(stall);
}

static void
look_up_holder(GradualStall *stall, double now)
{
	char	   *holder;

	if (stall->asked != 0 && now - stall->asked < ASK_AGAIN_MS)
		return;
	holder = gradual_horizon_holder(NAME_HOLDER_MS / 2);
	snprintf(stall->holder, sizeof(stall->holder), "%s", holder ? holder : "another session");
	stall->asked = now;
}

void
gradual_stall_wait(GradualStall *stall, bool foreground, const char *table,
				   GradualSourceBatch *out)
{
	double		now = gradual_clock_ms();

	if (foreground)
	{
		go_plain(stall);
		return;
	}

	/*
	 * Computes the horizon anew.  What prunes a page takes the last one again
	 * until a transaction id is used, and while we wait perhaps nobody does.
	 */
	(void) GetOldestNonRemovableTransactionId(NULL);
	out->outcome = GRADUAL_SOURCE_WAIT;
	out->wait_ms = 1;
	out->activity = NULL;		/* a pause in the work, no wait to speak of */
	if (stall->since == 0)
		stall->since = now;
	if (now - stall->since < NAME_HOLDER_MS)
		return;
	look_up_holder(stall, now);
	out->wait_ms = 10;
	out->activity = psprintf("updating %s: waiting for old row versions, held back by %s",
							 table, stall->holder);
	if (now - stall->since >= GIVE_UP_MS)
	{
		out->outcome = GRADUAL_SOURCE_PASSED;
		out->activity = NULL;
		out->event = psprintf("going on without the space of old row versions of %s, held back by %s",
							  table, stall->holder);
		go_plain(stall);
	}
}

/*
 * While we are stalled the horizon is computed anew, which is also what makes
 * pruning look at it again: the server remembers the one of our last snapshot,
 * and as long as nobody writes, every snapshot of ours looks the same to it.
 */
bool
gradual_stall_is_plain(GradualStall *stall, Relation rel)
{
	TransactionId horizon;

	if (!stall->plain && stall->since == 0)
		return false;
	horizon = GetOldestNonRemovableTransactionId(rel);
	if (stall->plain && TransactionIdFollows(horizon, stall->plain_xid))
		stall->plain = false;
	return stall->plain;
}
