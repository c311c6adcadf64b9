/*
 * context.c
 *	  Positions of errors in a script.
 *
 * The parser counts positions in the text that it is given, which is the
 * script; a client knows only the statement that it sent, and the script is a
 * literal in that, or is not there at all (a worker compiles it again).
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "mb/pg_wchar.h"

#include "script/context.h"
#include "script/number.h"

/* The position of the error that is being raised points into the client's text. */
static bool transposed = false;

static void add_context(void *arg);

void
gradual_context_enter(GradualContext *context, const char *script)
{
	context->script = script;
	context->statement = 0;
	context->opaque = 0;
	context->row_column = NULL;
	context->above = NULL;
	context->own_text = false;
	context->reverse = NULL;
	transposed = false;
	context->callback.callback = add_context;
	context->callback.arg = context;
	context->callback.previous = error_context_stack;
	error_context_stack = &context->callback;
}

void
gradual_context_leave(GradualContext *context)
{
	Assert(error_context_stack == &context->callback);
	error_context_stack = context->callback.previous;
}

int
gradual_context_position(const char *script, int location)
{
	if (location < 0)
		return 0;
	return errposition(pg_mbstrlen_with_len(script, location) + 1);
}

int
gradual_context_point(const char *script, int location)
{
	gradual_context_position(script, location);
	if (location >= 0)
		transposed = function_parse_error_transpose(script);
	return 0;
}

/* A position counts characters from 1. */
static const char *
find_position(const char *script, int position)
{
	for (; position > 1 && *script != '\0'; position--)
		script += pg_mblen(script);
	return script;
}

/*
 * A psql command is a syntax error to the server, whose message does not help:
 * only psql itself could have run it.
 */
static void
hint_at_psql(const char *at)
{
	if (*at == '\\')
		errhint("A script holds SQL only; commands of psql, which begin with a backslash, cannot be part of it.");
}

/* What is not there could be made by code that only runs with the migration. */
static void
hint_at_opaque(int statement)
{
	switch (geterrcode())
	{
		case ERRCODE_UNDEFINED_OBJECT:
		case ERRCODE_UNDEFINED_TABLE:
		case ERRCODE_UNDEFINED_COLUMN:
		case ERRCODE_UNDEFINED_FUNCTION:
		case ERRCODE_UNDEFINED_SCHEMA:
			errhint("If statement %d makes it: what that does is not known until it has run. Write what is in it as a statement of the script, or put it into a migration of its own, which depends_on of this one names.",
					statement);
	}
}

/* A clone has not what the script gives to those above its table. */
static void
hint_at_above(const char *above)
{
	switch (geterrcode())
	{
		case ERRCODE_UNDEFINED_OBJECT:
			errhint("If the script gives it to table %s: on the tables below that it is not known until it has run. Write the statement for %s, or put it into a migration of its own, whose depends_on names this one.",
					above, above);
	}
}

/* Is it a function that takes rows of a table, and not those of its clone? */
static void
hint_at_row_column(const char *column)
{
	if (geterrcode() != ERRCODE_UNDEFINED_FUNCTION)
		return;
	errdetail("The script is tried on copies of its tables. As there is a column of a table's row type (%s), functions that take such rows do not take those of the copy.",
			  column);
	errhint("If it is one of these, run the statement by itself, outside of a migration.");
}

/*
 * An error that already has an internal position comes from a text inside the
 * statement, such as a function's body: it keeps that.
 */
static void
add_context(void *arg)
{
	GradualContext *context = arg;
	int			position = geterrposition();
	int			statement = context->statement;

	if (context->own_text)
		errposition(0);
	else if (transposed)
		transposed = false;
	else if (position > 0)
	{
		if (statement == 0)
		{
			const char *at = find_position(context->script, position);
			bool		is_first;

			statement = gradual_number_at(context->script, at - context->script, &is_first);
			if (is_first)
				hint_at_psql(at);
		}
		function_parse_error_transpose(context->script);
	}
	if (context->above != NULL)
		hint_at_above(context->above);
	if (context->opaque > 0)
		hint_at_opaque(context->opaque);
	if (context->row_column != NULL)
		hint_at_row_column(context->row_column);
	if (context->reverse != NULL)
		errcontext("reverse expression of \"%s\"", context->reverse);
	if (statement > 0)
		errcontext("statement %d of the script", statement);
}
