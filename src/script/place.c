/*
 * place.c
 *	  Positions of errors in a script.
 *
 * The parser counts positions in the text that it is given, which is the
 * script; a client knows only the statement that it sent, and the script is a
 * literal in that, or is not there at all (a worker compiles it again).
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "mb/pg_wchar.h"

#include "script/place.h"

/* The position of the error that is being raised points into the client's text. */
static bool transposed = false;

static void add_place(void *arg);

void
gradual_place_enter(GradualPlace *place, const char *text)
{
	place->text = text;
	place->statement = 0;
	place->own_text = false;
	transposed = false;
	place->callback.callback = add_place;
	place->callback.arg = place;
	place->callback.previous = error_context_stack;
	error_context_stack = &place->callback;
}

void
gradual_place_leave(GradualPlace *place)
{
	Assert(error_context_stack == &place->callback);
	error_context_stack = place->callback.previous;
}

int
gradual_place_position(const char *text, int location)
{
	if (location < 0)
		return 0;
	return errposition(pg_mbstrlen_with_len(text, location) + 1);
}

int
gradual_place_point(const char *text, int location)
{
	gradual_place_position(text, location);
	if (location >= 0)
		transposed = function_parse_error_transpose(text);
	return 0;
}

/*
 * A psql command is a syntax error to the server, whose message does not help:
 * only psql itself could have run it.
 */
static void
hint_at_psql(const char *text, int position)
{
	for (; position > 1 && *text != '\0'; position--)
		text += pg_mblen(text);
	if (*text == '\\')
		errhint("A script holds SQL only; commands of psql, which begin with a backslash, cannot be part of it.");
}

/*
 * An error that already has an internal position comes from a text inside the
 * statement, such as a function's body: it keeps that.
 */
static void
add_place(void *arg)
{
	GradualPlace *place = arg;
	int			position = geterrposition();

	if (place->own_text)
		errposition(0);
	else if (transposed)
		transposed = false;
	else if (position > 0)
	{
		if (place->statement == 0)
			hint_at_psql(place->text, position);
		function_parse_error_transpose(place->text);
	}
	if (place->statement > 0)
		errcontext("statement %d of the script", place->statement);
}
