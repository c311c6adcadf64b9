/*
 * spell.c
 *	  The names of tables that a script renames, in the texts of its steps.
 *
 * Invariant: in a statement only the places are changed where the parser saw
 * the table's name; wherever else a word of that name stands, it is an alias, or
 * the statement is left as it is.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/texts.h"
#include "base/token.h"
#include "recipe/names.h"
#include "recipe/spell.h"
#include "recipe/steps.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "spell.c must stay pure"
#endif

/* --- names in a statement --- */

static int
identifier_length(const char *at)
{
	const char *begin = at;

	if (*at != '"')
	{
		while (gradual_token_in_word(*at))
			at++;
		return at - begin;
	}
	for (at++; *at != '\0'; at++)
	{
		if (*at == '"' && *++at != '"')
			return at - begin;
	}
	return 0;
}

/* Of 'schema . "Table"'; *last is where its last part begins.  0: none stands there. */
static int
name_length(const char *at, const char **last)
{
	const char *begin = at;
	int			length = identifier_length(at);

	*last = at;
	while (length > 0)
	{
		const char *next;

		at += length;
		next = at + strspn(at, " \t\r\n");
		if (*next != '.')
			return at - begin;
		next += 1 + strspn(next + 1, " \t\r\n");
		*last = at = next;
		length = identifier_length(at);
	}
	return 0;
}

/* The text apart: what is code, and what stands in strings; E is in neither. */
static void
take_apart(const char *sql, StringInfo code, StringInfo strings)
{
	bool		escapes = false;

	initStringInfo(code);
	initStringInfo(strings);
	while (*sql != '\0')
	{
		const char *token = gradual_token_skip_blank(sql);
		const char *end = *token == '\0' ? token : gradual_token_end(token, &escapes);
		StringInfo	kind = *token == '\'' || (*token == '$' && end - token > 1) ? strings : code;

		if (token != sql || kind == strings)
		{
			appendStringInfoChar(code, ' ');
			appendStringInfoChar(strings, ' ');
		}
		if (!escapes || kind == strings)
			appendBinaryStringInfo(kind, token, end - token);
		sql = end;
	}
}

static int
by_location(const ListCell *a, const ListCell *b)
{
	return ((GradualSpot *) lfirst(a))->location - ((GradualSpot *) lfirst(b))->location;
}

bool
gradual_spell_is_dml(const GradualStatement *statement)
{
	switch (nodeTag(statement->node))
	{
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_InsertStmt:
		case T_SelectStmt:
			return true;
		default:
			return false;
	}
}

static const GradualSpelling *
find(List *spellings, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, spellings)
	{
		GradualSpelling *spelling = lfirst(lc);

		if (spelling->table == table)
			return spelling;
	}
	return NULL;
}

/*
 * With another name (spellings), or none at all, at each spot of a table in the
 * list; NULL if the text does not have a name there.
 */
static char *
replace_spots(const GradualStatement *statement, List *spellings, const char *code)
{
	StringInfoData sql;
	List	   *spots = list_copy(statement->spots);
	const char *from = statement->sql;
	ListCell   *lc;

	initStringInfo(&sql);
	list_sort(spots, by_location);
	foreach(lc, spots)
	{
		GradualSpot *spot = lfirst(lc);
		const GradualSpelling *spelling = find(spellings, spot->table);
		const char *at = statement->sql + (spot->location - statement->location);
		const char *last;
		int			length;

		if (spelling == NULL)
			continue;
		if (spot->location < statement->location || at < from ||
			(length = name_length(at, &last)) == 0)
			return NULL;
		appendBinaryStringInfo(&sql, from, at - from);
		from = at + length;
		if (spelling->qualified == NULL)
			continue;
		appendStringInfoString(&sql, spelling->qualified);

		/*
		 * the step of an INSERT .. SELECT knows its source by the name in
		 * FROM
		 */
		if (code == NULL || !gradual_spell_is_dml(statement) || spot->aliased)
			continue;
		if (IsA(statement->node, InsertStmt) ||
			gradual_names_mentioned(code, gradual_names_unqualified(pnstrdup(last, from - last))))
			appendStringInfo(&sql, " AS %.*s", (int) (from - last), last);
	}
	appendStringInfoString(&sql, from);
	return sql.data;
}

/* The code and the strings of a statement without its names of the tables. */
static bool
rest_of(const GradualStatement *statement, List *spellings, StringInfo code, StringInfo strings)
{
	List	   *without = NIL;
	char	   *rest;
	ListCell   *lc;

	foreach(lc, spellings)
	{
		GradualSpelling *spelling = palloc0(sizeof(GradualSpelling));

		spelling->table = ((GradualSpelling *) lfirst(lc))->table;
		without = lappend(without, spelling);
	}
	rest = replace_spots(statement, without, NULL);
	if (rest == NULL)
		return false;
	take_apart(rest, code, strings);
	return true;
}

/* Does the text have a name of the table at the spot? */
static bool
is_named_there(const GradualStatement *statement, const GradualSpot *spot)
{
	const char *at = statement->sql + (spot->location - statement->location);
	const char *last;
	int			length;
	ListCell   *lc;

	if (spot->location < statement->location ||
		spot->location > statement->location + (int) strlen(statement->sql))
		return false;
	length = name_length(at, &last);
	foreach(lc, length > 0 ? gradual_spell_names(spot->table) : NIL)
	{
		if (gradual_names_mentioned(pnstrdup(last, at + length - last), lfirst(lc)))
			return true;
	}
	return false;
}

/* Other tables of the statement, which may be called like this one: no name for each. */
static List *
without_others(const GradualStatement *statement, const GradualTable *table)
{
	List	   *unknown = NIL;
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, statement->spots)
	{
		GradualSpot *spot = lfirst(lc);

		if (!is_named_there(statement, spot))
			unknown = lappend(unknown, spot->table);
	}
	foreach(lc, statement->spots)
	{
		GradualSpot *spot = lfirst(lc);
		GradualSpelling *spelling;

		if (spot->table == table || list_member_ptr(unknown, spot->table) ||
			find(others, spot->table) != NULL)
			continue;
		spelling = palloc0(sizeof(GradualSpelling));
		spelling->table = spot->table;
		others = lappend(others, spelling);
	}
	return others;
}

bool
gradual_spell_mentions(const GradualStatement *statement, const GradualTable *table, List *names)
{
	const char *sql = statement->sql;
	List	   *others;

	if (!gradual_names_any_mentioned(sql, names))
		return false;
	others = without_others(statement, table);
	return others == NIL ||
		gradual_names_any_mentioned(replace_spots(statement, others, NULL), names);
}

char *
gradual_spell_statement(const GradualStatement *statement, List *spellings)
{
	StringInfoData code,
				strings;
	char	   *sql = NULL;

	if (rest_of(statement, spellings, &code, &strings))
		sql = replace_spots(statement, spellings, code.data);
	if (sql == NULL)
		elog(ERROR, "statement %d does not say where it names its tables", statement->number);
	return sql;
}

const char *
gradual_spell_written(const GradualStatement *statement, const GradualTable *table)
{
	const char *name = table->qualified;
	ListCell   *lc;

	foreach(lc, table->namings)
	{
		GradualNaming *naming = lfirst(lc);

		if (naming->statement < statement->number)
			name = naming->to;
	}
	return name;
}

/* --- which statements --- */

/* Other constraints than a NOT NULL that comes by a step of its own in the swap? */
static bool
has_constraints(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
	{
		if (((GradualConstraint *) lfirst(lc))->type != GRADUAL_CONSTRAINT_NOT_NULL)
			return true;
	}
	return command->added->not_null && !gradual_steps_adds_late_not_null(command);
}

/*
 * Names that the server derives from the table's come out as the script wants
 * them only once it has its new name.
 */
static bool
derives_name(const GradualCommand *command)
{
	AlterTableCmd *cmd = (AlterTableCmd *) command->node;
	GradualColumn *added = command->added;

	if (!IsA(cmd, AlterTableCmd))
		return false;
	if (cmd->subtype == AT_AddIdentity)
		return true;
	return added != NULL && (added->sequence != NULL || has_constraints(command));
}

static bool
is_spellable(const GradualStatement *statement)
{
	ListCell   *lc;

	switch (nodeTag(statement->node))
	{
		case T_AlterTableStmt:
			foreach(lc, statement->commands)
			{
				if (derives_name(lfirst(lc)))
					return false;
			}
			return true;
		case T_RenameStmt:
			return ((GradualCommand *) linitial(statement->commands))->naming == NULL;
		case T_DropStmt:
			return ((DropStmt *) statement->node)->removeType == OBJECT_INDEX;
		case T_IndexStmt:
		case T_CreateStmt:
		case T_CreateTrigStmt:
		case T_CreateStatsStmt:
		case T_GrantStmt:
		case T_TruncateStmt:
			return true;
		default:
			return gradual_spell_is_dml(statement);
	}
}

/* The names that the statement itself has for the table, as aliases for the rest of it. */
static List *
written_names(const GradualStatement *statement, const GradualTable *table)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, statement->spots)
	{
		GradualSpot *spot = lfirst(lc);
		const char *at = statement->sql + (spot->location - statement->location);
		const char *last;
		int			length;

		if (spot->table != table)
			continue;
		length = name_length(at, &last);
		names = lappend(names, gradual_names_unqualified(pnstrdup(last, at + length - last)));
	}
	return names;
}

bool
gradual_spell_can(const GradualStatement *statement, const GradualTable *table)
{
	GradualSpelling spelling = {.table = unconstify(GradualTable *, table)};
	StringInfoData code,
				strings;
	List	   *aliases;
	ListCell   *lc;

	if (!is_spellable(statement) ||
		!rest_of(statement, lappend(without_others(statement, table), &spelling),
				 &code, &strings))
		return false;

	/* TABLE t takes no alias */
	if (gradual_spell_is_dml(statement) && gradual_names_mentioned(code.data, "table"))
		return false;
	aliases = gradual_spell_is_dml(statement) ? written_names(statement, table) : NIL;
	foreach(lc, table->namings)
	{
		GradualNaming *naming = lfirst(lc);
		char	   *names[] = {naming->name, gradual_names_unqualified(naming->from)};

		for (int i = 0; i < lengthof(names); i++)
		{
			if (gradual_names_mentioned(strings.data, names[i]) ||
				(!gradual_texts_have(aliases, names[i]) && gradual_names_mentioned(code.data, names[i])))
				return false;
		}
	}
	return true;
}

/* --- generated texts --- */

static void append_spelled(StringInfo result, const char *sql, List *spellings);

static bool
stands_alone(const char *sql, const char *at, int length)
{
	return !(at > sql && (gradual_token_in_word(at[-1]) || at[-1] == '"' || at[-1] == '.')) &&
		!(gradual_token_in_word(at[length]) && gradual_token_in_word(at[length - 1])) &&
		at[length] != '"';
}

/* The length of the name that stands there, 0 if it is none of the list's. */
static int
match(const char *sql, const char *at, List *spellings, char **replacement)
{
	ListCell   *lc;

	foreach(lc, spellings)
	{
		GradualSpelling *spelling = lfirst(lc);
		const char *from = spelling->table->qualified;
		int			length = strlen(from);

		*replacement = spelling->qualified;
		if (strncmp(at, from, length) == 0 && stands_alone(sql, at, length))
			return length;
	}
	return 0;
}

/* Does the string that begins there have backslashes that escape? */
static bool
has_escapes(const char *sql, const char *at)
{
	return at > sql && (at[-1] == 'E' || at[-1] == 'e') &&
		!(at - 1 > sql && gradual_token_in_word(at[-2]));
}

/*
 * What stands in the string that begins there; its length in the text goes to
 * *length.  NULL: it has no end, or escapes that quote_literal() does not write.
 */
static char *
string_content(const char *at, bool escapes, int *length)
{
	StringInfoData content;
	const char *begin = at++;

	initStringInfo(&content);
	for (; *at != '\0'; at++)
	{
		if (*at == '\'' && at[1] != '\'')
		{
			*length = at + 1 - begin;
			return content.data;
		}
		if (escapes && *at == '\\' && at[1] != '\\')
			return NULL;
		if (*at == '\'' || (escapes && *at == '\\'))
			at++;
		appendStringInfoChar(&content, *at);
	}
	return NULL;
}

static void
append_string(StringInfo result, const char *content, bool escapes)
{
	appendStringInfoChar(result, '\'');
	for (; *content != '\0'; content++)
	{
		if (*content == '\'' || (escapes && *content == '\\'))
			appendStringInfoChar(result, *content);
		appendStringInfoChar(result, *content);
	}
	appendStringInfoChar(result, '\'');
}

/*
 * Names in a string, which may be SQL with strings of its own, are quoted once
 * more.  Returns 0 if it is no string after all.
 */
static int
append_spelled_string(StringInfo result, const char *sql, const char *at, List *spellings)
{
	bool		escapes = has_escapes(sql, at);
	int			length = 0;
	char	   *content = string_content(at, escapes, &length);
	StringInfoData spelled;

	if (content == NULL)
		return 0;
	initStringInfo(&spelled);
	append_spelled(&spelled, content, spellings);
	append_string(result, spelled.data, escapes);
	return length;
}

static void
append_spelled(StringInfo result, const char *sql, List *spellings)
{
	const char *at = sql;

	while (*at != '\0')
	{
		char	   *replacement;
		int			length = match(sql, at, spellings, &replacement);

		if (length > 0)
			appendStringInfoString(result, replacement);
		else if (*at != '\'' ||
				 (length = append_spelled_string(result, sql, at, spellings)) == 0)
		{
			/* an apostrophe in a quoted name begins no string */
			length = *at == '"' ? Max(1, identifier_length(at)) : 1;
			appendBinaryStringInfo(result, at, length);
		}
		at += length;
	}
}

char *
gradual_spell_generated(const char *sql, List *spellings)
{
	StringInfoData result;

	if (sql == NULL || spellings == NIL)
		return unconstify(char *, sql);
	initStringInfo(&result);
	append_spelled(&result, sql, spellings);
	return result.data;
}

List *
gradual_spell_names(const GradualTable *table)
{
	List	   *names = list_make1(table->name);
	ListCell   *lc;

	foreach(lc, table->namings)
		names = lappend(names, ((GradualNaming *) lfirst(lc))->name);
	return names;
}
