/*
 * deadline.c
 *	  A limit of time for a part of a statement.
 *
 * The server's own statement_timeout counts from the start of the statement and
 * cannot be set in the middle of it, so this is a timer of our own, which does
 * what a cancel by the user does.
 *
 * If we crash here the timer is gone with the process.
 */
#include "postgres.h"

#include <signal.h>

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/timeout.h"

#include "base/deadline.h"

static volatile sig_atomic_t is_over = false;
static bool registered = false;
static TimeoutId timer;

/* In a signal handler. */
static void
reached(void)
{
	is_over = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

void
gradual_deadline_set(double milliseconds)
{
	if (!registered)
		timer = RegisterTimeout(USER_TIMEOUT, reached);
	registered = true;
	is_over = false;
	enable_timeout_after(timer, (int) Min(Max(milliseconds, 1), PG_INT32_MAX));
}

bool
gradual_deadline_is_over(void)
{
	return is_over;
}

/* It may have come after the last check for interrupts: that cancel is for nobody. */
void
gradual_deadline_clear(void)
{
	disable_timeout(timer, false);
	if (is_over)
		QueryCancelPending = false;
}
