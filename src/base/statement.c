/*
 * statement.c
 *	  Errors in a text that we run: where in it, and that it was it.
 */
#include "postgres.h"

#include "tcop/tcopprot.h"

#include "base/statement.h"

/* Audit triggers ask for the current query, and may have no place for NULL. */
static bool lent = false;

/*
 * A position in our text must not be taken for one in the text that the client
 * of run_batch() sent.
 */
static void
show_statement(void *arg)
{
	const char *sql = arg;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(sql);
	}
	else
		errcontext("SQL statement \"%s\"", sql);
}

static void
lend(const char *sql)
{
	if (debug_query_string != NULL)
		return;
	debug_query_string = sql;
	lent = true;
}

void
gradual_statement_enter(ErrorContextCallback *callback, const char *sql)
{
	callback->callback = show_statement;
	callback->arg = (void *) sql;
	callback->previous = error_context_stack;
	error_context_stack = callback;
	lend(sql);
}

void
gradual_statement_leave(ErrorContextCallback *callback)
{
	Assert(error_context_stack == callback);
	error_context_stack = callback->previous;
	if (lent && debug_query_string == callback->arg)
		gradual_statement_none();
}

void
gradual_statement_commit(void)
{
	lend("COMMIT");
}

void
gradual_statement_none(void)
{
	if (lent)
		debug_query_string = NULL;
	lent = false;
}
