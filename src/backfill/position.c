/*
 * position.c
 *	  The text of a position: a text[] literal of 'name=value' elements.
 *
 * A literal of the server's own, because keys and names may hold any character
 * and array_in gives back exactly what array_out wrote.  An unknown name is
 * skipped, so that an older library can read what a newer one wrote.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "backfill/position.h"

char *
gradual_position_join(List *texts)
{
	Datum	   *values = palloc(sizeof(Datum) * (list_length(texts) + 1));
	int			count = 0;
	ListCell   *lc;
	ArrayType  *array;
	Oid			output;
	bool		is_varlena;

	foreach(lc, texts)
		values[count++] = CStringGetTextDatum(lfirst(lc));
	array = construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT);
	getTypeOutputInfo(TEXTARRAYOID, &output, &is_varlena);
	return OidOutputFunctionCall(output, PointerGetDatum(array));
}

static List *
split(const char *literal)
{
	Oid			input;
	Oid			element;
	Datum		array;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	List	   *texts = NIL;

	getTypeInputInfo(TEXTARRAYOID, &input, &element);
	array = OidInputFunctionCall(input, pstrdup(literal), element, -1);
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
		texts = lappend(texts, nulls[i] ? pstrdup("") : TextDatumGetCString(values[i]));
	return texts;
}

static void
put_text(List **elements, const char *name, const char *value)
{
	if (value)
		*elements = lappend(*elements, psprintf("%s=%s", name, value));
}

static void
put_number(List **elements, const char *name, int64 value)
{
	if (value != 0)
		*elements = lappend(*elements, psprintf("%s=" INT64_FORMAT, name, value));
}

static void
put_list(List **elements, const char *name, List *value)
{
	if (value != NIL)
		put_text(elements, name, gradual_position_join(value));
}

char *
gradual_position_encode(const GradualPosition *position)
{
	List	   *elements = NIL;

	put_text(&elements, "source", position->source);
	put_number(&elements, "done", position->done);
	put_number(&elements, "at", position->at);
	put_text(&elements, "leaf", position->leaf);
	put_list(&elements, "missed", position->missed);
	put_number(&elements, "sweep", position->sweep);
	put_number(&elements, "busy", position->busy_sweeps);
	put_number(&elements, "file", position->file);
	put_number(&elements, "block", position->block);
	put_number(&elements, "counted", position->counted);
	put_number(&elements, "end_block", position->end);
	put_number(&elements, "candidates", position->candidates);
	put_number(&elements, "changed", position->changed);
	put_number(&elements, "held", position->held);
	put_number(&elements, "refused", position->refused);
	put_number(&elements, "distrusted", position->distrusted);
	put_number(&elements, "range", position->range);
	put_number(&elements, "stop_leaf", position->stop_leaf);
	put_number(&elements, "stop_block", position->stop_block);
	put_list(&elements, "stop", position->stop);
	put_number(&elements, "skipped", position->skipped);
	put_number(&elements, "pass", position->pass);
	put_number(&elements, "returned", position->returned);
	put_list(&elements, "lower", position->lower);
	put_list(&elements, "bound", position->bound);
	put_number(&elements, "parts", position->parts);
	put_number(&elements, "part", position->part);
	put_list(&elements, "from", position->from);
	put_list(&elements, "window", position->window);
	return gradual_position_join(elements);
}

static int64
parse_number(const char *value)
{
	return DatumGetInt64(DirectFunctionCall1(int8in, CStringGetDatum(value)));
}

static void
parse_element(GradualPosition *position, const char *name, char *value)
{
	if (strcmp(name, "source") == 0)
		position->source = value;
	else if (strcmp(name, "done") == 0)
		position->done = parse_number(value) != 0;
	else if (strcmp(name, "at") == 0)
		position->at = parse_number(value);
	else if (strcmp(name, "leaf") == 0)
		position->leaf = value;
	else if (strcmp(name, "missed") == 0)
		position->missed = split(value);
	else if (strcmp(name, "sweep") == 0)
		position->sweep = parse_number(value);
	else if (strcmp(name, "busy") == 0)
		position->busy_sweeps = parse_number(value);
	else if (strcmp(name, "file") == 0)
		position->file = parse_number(value);
	else if (strcmp(name, "block") == 0)
		position->block = parse_number(value);
	else if (strcmp(name, "counted") == 0)
		position->counted = parse_number(value);
	else if (strcmp(name, "end_block") == 0)
		position->end = parse_number(value);
	else if (strcmp(name, "candidates") == 0)
		position->candidates = parse_number(value);
	else if (strcmp(name, "changed") == 0)
		position->changed = parse_number(value);
	else if (strcmp(name, "held") == 0)
		position->held = parse_number(value);
	else if (strcmp(name, "refused") == 0)
		position->refused = parse_number(value);
	else if (strcmp(name, "distrusted") == 0)
		position->distrusted = parse_number(value) != 0;
	else if (strcmp(name, "range") == 0)
		position->range = parse_number(value) != 0;
	else if (strcmp(name, "stop_leaf") == 0)
		position->stop_leaf = parse_number(value);
	else if (strcmp(name, "stop_block") == 0)
		position->stop_block = parse_number(value);
	else if (strcmp(name, "stop") == 0)
		position->stop = split(value);
	else if (strcmp(name, "skipped") == 0)
		position->skipped = parse_number(value);
	else if (strcmp(name, "pass") == 0)
		position->pass = parse_number(value);
	else if (strcmp(name, "returned") == 0)
		position->returned = parse_number(value) != 0;
	else if (strcmp(name, "lower") == 0)
		position->lower = split(value);
	else if (strcmp(name, "bound") == 0)
		position->bound = split(value);
	else if (strcmp(name, "parts") == 0)
		position->parts = parse_number(value);
	else if (strcmp(name, "part") == 0)
		position->part = parse_number(value);
	else if (strcmp(name, "from") == 0)
		position->from = split(value);
	else if (strcmp(name, "window") == 0)
		position->window = split(value);
}

/* Cut an element in two; NULL if it is none of ours */
static char *
cut_element(char *element)
{
	char	   *equal = strchr(element, '=');

	if (equal == NULL)
		return NULL;
	*equal = '\0';
	return equal + 1;
}

GradualPosition *
gradual_position_decode(const char *text)
{
	GradualPosition *position = palloc0(sizeof(GradualPosition));
	ListCell   *lc;

	foreach(lc, split(text))
	{
		char	   *value = cut_element(lfirst(lc));

		if (value)
			parse_element(position, lfirst(lc), value);
	}
	if (position->source == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("malformed position of a backfill"),
				 errdetail("The ledger holds \"%s\".", text)));
	return position;
}

char *
gradual_position_encode_facts(const GradualPosition *position)
{
	List	   *elements = NIL;

	put_list(&elements, "known", position->known);
	put_list(&elements, "marks", position->marks);
	put_list(&elements, "presets", position->presets);
	return elements == NIL ? NULL : gradual_position_join(elements);
}

void
gradual_position_decode_facts(GradualPosition *position, const char *text)
{
	ListCell   *lc;

	foreach(lc, text == NULL ? NIL : split(text))
	{
		const char *name = lfirst(lc);
		char	   *value = cut_element(lfirst(lc));

		if (value == NULL)
			continue;
		if (strcmp(name, "known") == 0)
			position->known = split(value);
		else if (strcmp(name, "marks") == 0)
			position->marks = split(value);
		else if (strcmp(name, "presets") == 0)
			position->presets = split(value);
	}
}
