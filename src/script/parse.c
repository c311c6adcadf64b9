/*
 * parse.c
 *	  From the text of a script to its statements and commands.
 *
 * Nothing here looks at the catalog: what a script may hold at all is decided
 * by its syntax.  So define() can parse a script whose tables an unfinished
 * dependency will create.
 */
#include "postgres.h"

#include "parser/parser.h"
#include "tcop/cmdtag.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "base/errors.h"
#include "base/guc.h"
#include "base/token.h"
#include "script/context.h"
#include "script/script.h"
#include "script/unless.h"

static List *make_statements(GradualScript *script, RawStmt *raw);
static List *make_commands(GradualStatement *statement);
static void check_transaction(GradualScript *script, GradualStatement *statement,
							  bool notice);
static void check_set(GradualStatement *statement);
static void check_allowed(GradualStatement *statement, bool notice);
static char *set_local(const GradualStatement *statement);

/* May a script have it?  The settings that hold after it. */
static List *
check_statement(GradualScript *script, GradualStatement *statement, bool notice)
{
	List	   *settings = statement->settings;

	if (IsA(statement->node, TransactionStmt))
		check_transaction(script, statement, notice);
	else if (IsA(statement->node, VariableSetStmt))
	{
		check_set(statement);
		settings = lappend(list_copy(settings), set_local(statement));
	}
	else
		check_allowed(statement, notice);
	return settings;
}

GradualScript *
gradual_script_parse(const char *text, const char *search_path, List *settings, bool notice)
{
	GradualScript *script = palloc0(sizeof(GradualScript));
	GradualContext context;
	List	   *raws;
	ListCell   *lc,
			   *ls;
	bool		any = false;

	script->text = pstrdup(text);
	script->search_path = pstrdup(search_path);
	script->settings = settings;
	script->direct_pages = gradual_direct_pages;
	script->allow_blocking = gradual_allow_blocking;

	gradual_context_enter(&context, script->text);
	raws = raw_parser(script->text, RAW_PARSE_DEFAULT);
	gradual_context_leave(&context);

	foreach(lc, raws)
	{
		foreach(ls, make_statements(script, lfirst_node(RawStmt, lc)))
		{
			GradualStatement *statement = lfirst(ls);

			statement->number = list_length(script->statements) + 1;
			script->statements = lappend(script->statements, statement);
			statement->settings = list_copy(settings);
			settings = check_statement(script, statement, notice);
			any |= !statement->dropped;
		}
	}
	if (!any)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("script has no statement to run")));
	return script;
}

/* 'verdict' completes the sentence 'statement 3 (DROP COLUMN) ..' */
static void
refuse(const GradualStatement *statement, const char *form, const char *verdict,
	   const char *why, const char *hint)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
			 errmsg("statement %d (%s) %s", statement->number, form, verdict),
			 why ? errdetail("%s", why) : 0,
			 hint ? errhint("%s", hint) : 0,
			 gradual_context_point(statement->script->text, statement->location)));
}

void
gradual_script_refuse(const GradualStatement *statement, const char *form,
					  const char *why, const char *hint)
{
	refuse(statement, form, "is not supported yet", why, hint);
	pg_unreachable();
}

/* What no script may hold, in this version or another. */
static void
forbid(const GradualStatement *statement, const char *form, const char *why, const char *hint)
{
	refuse(statement, form, "cannot be part of a migration", why, hint);
	pg_unreachable();
}

/*
 * The text of a statement, from its first word on.  A comment that runs to the
 * end of the last line is ended, so that a semicolon after it counts.
 */
static char *
clip(const char *begin, int length)
{
	const char *last_line;
	char	   *sql;

	while (length > 0 && strchr(" \t\n\r\f\v", begin[length - 1]) != NULL)
		length--;
	sql = pnstrdup(begin, length);
	last_line = strrchr(sql, '\n');
	if (strstr(last_line ? last_line : sql, "--") != NULL)
		sql = psprintf("%s\n", sql);
	return sql;
}

/* The only statement in a part of the script, at its place there; or NULL. */
static Node *
parse_part(const GradualScript *script, const char *begin, int length)
{
	GradualContext context;
	int			location = begin - script->text;
	char	   *blanked = pnstrdup(script->text, location + length);
	List	   *raws;

	memset(blanked, ' ', location);
	gradual_context_enter(&context, script->text);
	raws = raw_parser(blanked, RAW_PARSE_DEFAULT);
	gradual_context_leave(&context);
	return list_length(raws) == 1 ? linitial_node(RawStmt, raws)->stmt : NULL;
}

static GradualStatement *
make_statement(GradualScript *script, const char *begin, int length, Node *node)
{
	GradualStatement *statement = palloc0(sizeof(GradualStatement));

	statement->script = script;
	statement->location = begin - script->text;
	statement->sql = clip(begin, length);
	statement->node = node;
	statement->tag = GetCommandTagName(CreateCommandTag(node));
	statement->commands = make_commands(statement);
	return statement;
}

/* What a DO block makes unless it is there, or the like, where it stands; NULL: who knows. */
static GradualStatement *
unwrap(GradualScript *script, const GradualUnlessPart *part)
{
	GradualUnless *unless = palloc0(sizeof(GradualUnless));
	GradualStatement *statement;
	Node	   *node;

	unless->wanted = part->wanted;
	if (part->query != NULL)
	{
		unless->text = pnstrdup(part->query, part->query_length);
		unless->query = parse_part(script, part->query, part->query_length);
		if (unless->query == NULL)
			return NULL;
	}
	node = parse_part(script, part->inner, part->inner_length);
	if (node == NULL || !gradual_unless_knows(node, unless) ||
		gradual_unless_is_hidden(script, node, unless))
		return NULL;
	statement = make_statement(script, part->inner, part->inner_length, node);
	statement->unless = unless;
	return statement;
}

/* One, but for a DO block that asks for several things. */
static List *
make_statements(GradualScript *script, RawStmt *raw)
{
	const char *source = script->text;
	const char *begin = gradual_token_skip_blank(source + raw->stmt_location);
	const char *end = source + raw->stmt_location + raw->stmt_len;
	GradualStatement *whole;
	List	   *statements = NIL;
	ListCell   *lc;

	if (raw->stmt_len == 0)
		end = source + strlen(source);
	whole = make_statement(script, begin, end - begin, raw->stmt);
	foreach(lc, IsA(raw->stmt, DoStmt) ? gradual_unless_find(whole->sql) : NIL)
	{
		GradualUnlessPart *part = lfirst(lc);
		GradualStatement *statement;

		part->inner = begin + (part->inner - whole->sql);
		if (part->query != NULL)
			part->query = begin + (part->query - whole->sql);
		statement = unwrap(script, part);
		if (statement == NULL)
			return list_make1(whole);
		statements = lappend(statements, statement);
	}
	return statements != NIL ? statements : list_make1(whole);
}

static GradualCommand *
make_command(GradualStatement *statement, Node *node)
{
	GradualCommand *command = palloc0(sizeof(GradualCommand));

	command->statement = statement;
	command->node = node;
	return command;
}

/* When PostgreSQL runs a subcommand beside one that changes a type. */
static int
pass_of(const AlterTableCmd *cmd)
{
	switch (cmd->subtype)
	{
		case AT_DropColumn:
		case AT_DropConstraint:
		case AT_DropNotNull:
		case AT_DropExpression:
		case AT_DropIdentity:
			return 0;
		case AT_ColumnDefault:
			return cmd->def == NULL ? 0 : 2;
		case AT_AlterColumnType:
			return 1;
		default:
			return 2;
	}
}

/*
 * As PostgreSQL runs them, whatever the order is in which they are written: what
 * drops, then new types, then the rest.  Without a new type it makes no difference.
 */
static void
order_subcommands(AlterTableStmt *alter)
{
	List	   *ordered = NIL;
	bool		retypes = false;
	ListCell   *lc;

	foreach(lc, alter->cmds)
		retypes |= ((AlterTableCmd *) lfirst(lc))->subtype == AT_AlterColumnType;
	for (int pass = 0; retypes && pass <= 2; pass++)
	{
		foreach(lc, alter->cmds)
		{
			if (pass_of(lfirst(lc)) == pass)
				ordered = lappend(ordered, lfirst(lc));
		}
	}
	if (retypes)
		alter->cmds = ordered;
}

/* One a subcommand of ALTER TABLE, one an index of DROP INDEX, else one. */
static List *
make_commands(GradualStatement *statement)
{
	Node	   *node = statement->node;
	List	   *commands = NIL;
	ListCell   *lc;

	if (IsA(node, TransactionStmt) || IsA(node, VariableSetStmt))
		return NIL;
	if (IsA(node, AlterTableStmt))
	{
		order_subcommands((AlterTableStmt *) node);
		foreach(lc, ((AlterTableStmt *) node)->cmds)
			commands = lappend(commands, make_command(statement, lfirst(lc)));
	}
	else if (IsA(node, DropStmt) &&
			 ((DropStmt *) node)->removeType == OBJECT_INDEX)
	{
		DropStmt   *drop = (DropStmt *) node;

		drop->objects = list_union(NIL, drop->objects); /* each of them once */
		foreach(lc, drop->objects)
			commands = lappend(commands, make_command(statement, node));
	}
	else
		commands = list_make1(make_command(statement, node));
	return commands;
}

/* ROLLBACK of nothing: directly after COMMIT, as some tools end their scripts. */
static bool
is_after_commit(const GradualScript *script)
{
	GradualStatement *before;

	if (list_length(script->statements) < 2)
		return false;
	before = list_nth(script->statements, list_length(script->statements) - 2);
	return IsA(before->node, TransactionStmt) &&
		((TransactionStmt *) before->node)->kind == TRANS_STMT_COMMIT;
}

static void
check_transaction(GradualScript *script, GradualStatement *statement, bool notice)
{
	static const char *const hint = "A migration has transactions of its own, and can be rolled back until its swap.";

	switch (((TransactionStmt *) statement->node)->kind)
	{
		case TRANS_STMT_BEGIN:
		case TRANS_STMT_START:
		case TRANS_STMT_COMMIT:
			break;
		case TRANS_STMT_SAVEPOINT:
		case TRANS_STMT_RELEASE:
		case TRANS_STMT_ROLLBACK_TO:
			forbid(statement, "SAVEPOINT", NULL, hint);
			break;
		case TRANS_STMT_ROLLBACK:
			if (!is_after_commit(script))
				forbid(statement, "ROLLBACK", NULL, hint);
			break;
		default:
			forbid(statement, "PREPARE TRANSACTION", NULL, hint);
	}
	statement->dropped = true;
	if (notice)
		ereport(NOTICE,
				(errcode(ERRCODE_SUCCESSFUL_COMPLETION),
				 errmsg("%s in statement %d is ignored", statement->tag, statement->number),
				 errdetail("A migration has transactions of its own.")));
}

/* A script is read as a whole, and so before any of its statements has run. */
static void
require_standard(const GradualStatement *statement)
{
	VariableSetStmt *set = (VariableSetStmt *) statement->node;
	bool		on;

	if (set->kind == VAR_SET_VALUE && pg_strcasecmp(set->name, "standard_conforming_strings") == 0 &&
		parse_bool(ExtractSetVariableArgs(set), &on) && on)
		return;
	forbid(statement, psprintf("SET %s", set->name),
		   "The strings of a script are read before any of its statements runs, with standard_conforming_strings on.",
		   "Write E'..' for a string with backslashes that mean something.");
}

/* SET holds for the rest of the script; what undoes it, or the identity, cannot. */
static void
check_set(GradualStatement *statement)
{
	VariableSetStmt *set = (VariableSetStmt *) statement->node;

	if (set->kind == VAR_RESET_ALL || set->kind == VAR_RESET)
		forbid(statement, "RESET",
			   "A setting of the script holds to its end, and no longer.", NULL);
	if (set->kind == VAR_SET_MULTI ||
		pg_strncasecmp(set->name, "transaction_", strlen("transaction_")) == 0)
		forbid(statement, "SET TRANSACTION",
			   "A migration has transactions of its own.", NULL);
	if (pg_strcasecmp(set->name, "standard_conforming_strings") == 0 ||
		pg_strcasecmp(set->name, "backslash_quote") == 0)
		require_standard(statement);
	if (pg_strcasecmp(set->name, "role") == 0)
		forbid(statement, "SET ROLE",
			   "A migration runs as its owner.",
			   "Call gradual.define() as that role.");
	if (pg_strcasecmp(set->name, "session_authorization") == 0)
		forbid(statement, "SET SESSION AUTHORIZATION",
			   "A migration runs as its owner.",
			   "Call gradual.define() as that role.");
	statement->dropped = true;
}

/* Django writes IMMEDIATE before it drops a foreign key. */
static void
check_set_constraints(GradualStatement *statement, bool notice)
{
	if (((ConstraintsSetStmt *) statement->node)->deferred)
		forbid(statement, "SET CONSTRAINTS .. DEFERRED",
			   "A migration has transactions of its own, and each checks its constraints at its end.",
			   NULL);
	if (notice)
		ereport(NOTICE,
				(errcode(ERRCODE_SUCCESSFUL_COMPLETION),
				 errmsg("%s in statement %d is ignored", statement->tag, statement->number),
				 errdetail("A migration has transactions of its own, and each checks its constraints at its end.")));
}

static void
check_allowed(GradualStatement *statement, bool notice)
{
	if (IsA(statement->node, LockStmt) && notice)
		ereport(NOTICE,
				(errcode(ERRCODE_SUCCESSFUL_COMPLETION),
				 errmsg("%s in statement %d is ignored", statement->tag, statement->number),
				 errdetail("Each step of a migration locks what it needs, for an instant.")));
	if (IsA(statement->node, ConstraintsSetStmt))
		check_set_constraints(statement, notice);
	if (IsA(statement->node, DiscardStmt))
		forbid(statement, statement->tag,
			   "It would throw away the session of the migration's worker.", NULL);
	if (IsA(statement->node, CopyStmt) &&
		((CopyStmt *) statement->node)->filename == NULL)
		forbid(statement,
			   ((CopyStmt *) statement->node)->is_from ? "COPY FROM STDIN" : "COPY TO STDOUT",
			   "There is no client at the other end.",
			   ((CopyStmt *) statement->node)->is_from ?
			   "Write the rows as INSERT .. VALUES, or load them before." : NULL);
}

static bool
skip_word(const char **sql, const char *word)
{
	const char *rest = *sql + strlen(word);

	if (pg_strncasecmp(*sql, word, strlen(word)) != 0 ||
		gradual_token_in_word(*rest) || *rest == '.')
		return false;
	*sql = gradual_token_skip_blank(rest);
	return true;
}

/*
 * The statement as 'SET LOCAL ..': by its text, since no deparser knows every
 * form (TIME ZONE, lists, empty strings).
 */
static char *
set_local(const GradualStatement *statement)
{
	const char *sql = statement->sql;

	skip_word(&sql, "SET");
	if (!skip_word(&sql, "LOCAL"))
		skip_word(&sql, "SESSION");
	return psprintf("SET LOCAL %s", sql);
}
