/*
 * statement.c
 *	  Errors in a text that we run: where in it, and that it was it.
 */
#include "postgres.h"

#include "base/statement.h"

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

void
gradual_statement_enter(ErrorContextCallback *callback, const char *sql)
{
	callback->callback = show_statement;
	callback->arg = (void *) sql;
	callback->previous = error_context_stack;
	error_context_stack = callback;
}

void
gradual_statement_leave(ErrorContextCallback *callback)
{
	Assert(error_context_stack == callback);
	error_context_stack = callback->previous;
}
