/*
 * unless.c
 *	  A DO block that makes one thing unless it is there, or changes one if it is.
 *
 * Invariant: what is taken for one is that word by word, and does nothing else.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "commands/policy.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/ident.h"
#include "base/token.h"
#include "script/clone.h"
#include "script/condition.h"
#include "script/lookup.h"
#include "script/part.h"
#include "script/unless.h"

/* Past the words, if they stand there; else NULL, as of NULL. */
static const char *
skip_words(const char *sql, const char *const *words)
{
	for (; sql != NULL && *words != NULL; words++)
	{
		bool		escapes = false;
		const char *end;

		sql = gradual_token_skip_blank(sql);
		end = gradual_token_end(sql, &escapes);
		sql = *sql != '\0' && gradual_token_is(sql, end - sql, *words) ? end : NULL;
	}
	return sql;
}

/* --- its text --- */

/* Nothing but the end of the block follows. */
static bool
is_end(const char *sql)
{
	static const char *const end[] = {"end", NULL};
	static const char *const semicolon[] = {";", NULL};
	const char *after;

	sql = skip_words(sql, end);
	after = skip_words(sql, semicolon);
	if (after != NULL)
		sql = after;
	return sql != NULL && *gradual_token_skip_blank(sql) == '\0';
}

/* The body between its dollar quotes, as it stands: other strings could have escapes. */
static const char *
find_body(const char *sql, int *length)
{
	static const char *const head[] = {"do", NULL};
	static const char *const language[] = {"language", "plpgsql", NULL};
	bool		escapes = false;
	const char *quoted = skip_words(sql, head);
	const char *end,
			   *after;
	int			tag;

	if (quoted == NULL)
		return NULL;
	quoted = gradual_token_skip_blank(quoted);
	end = gradual_token_end(quoted, &escapes);
	after = skip_words(end, language);
	if (*quoted != '$' || *gradual_token_skip_blank(after != NULL ? after : end) != '\0')
		return NULL;
	tag = strcspn(quoted + 1, "$") + 2;
	*length = end - quoted - 2 * tag;
	return *length > 0 ? quoted + tag : NULL;
}

/* The ')' of the '(' that stands there; or NULL. */
static const char *
closing(const char *sql)
{
	bool		escapes = false;
	int			depth = 0;

	for (; *sql != '\0'; sql = gradual_token_skip_blank(gradual_token_end(sql, &escapes)))
	{
		depth += *sql == '(';
		depth -= *sql == ')';
		if (depth <= 0)
			return depth == 0 && *sql == ')' ? sql : NULL;
	}
	return NULL;
}

/* IF [NOT] EXISTS (query) THEN, up to what follows; the text itself if no IF stands there. */
static const char *
skip_question(const char *sql, GradualUnlessPart *part)
{
	static const char *const not_there[] = {"if", "not", "exists", NULL};
	static const char *const there[] = {"if", "exists", NULL};
	static const char *const then[] = {"then", NULL};
	const char *open = skip_words(sql, not_there);
	const char *close;

	part->wanted = open == NULL && (open = skip_words(sql, there)) != NULL;
	if (open == NULL)
		return sql;
	open = gradual_token_skip_blank(open);
	close = closing(open);
	if (close == NULL)
		return NULL;
	part->query = open + 1;
	part->query_length = close - part->query;
	return skip_words(close + 1, then);
}

/* The server's own parser reads no other statements of PL/pgSQL. */
static bool
is_statement(const char *sql)
{
	static const char *const heads[][4] = {{"create", "type"}, {"create", "domain"}, {"create", "index"},
	{"create", "unique", "index"}, {"create", "trigger"}, {"create", "policy"}, {"alter", "table"}};

	for (int i = 0; i < lengthof(heads); i++)
	{
		if (skip_words(sql, heads[i]) != NULL)
			return true;
	}
	return false;
}

/* The text behind it; NULL: it is none. */
static const char *
read_part(const char *sql, GradualUnlessPart *part)
{
	static const char *const handled[] = {";", "exception", "when", "duplicate_object", "then", "null", ";", NULL};
	static const char *const asked[] = {";", "end", "if", ";", NULL};
	const char *end = skip_question(sql, part);
	bool		escapes = false;

	if (end == NULL || !is_statement(end))
		return NULL;
	end = gradual_token_skip_blank(end);
	part->inner = end;
	while (*end != '\0' && *end != ';')
		end = gradual_token_skip_blank(gradual_token_end(end, &escapes));
	part->inner_length = end - part->inner;
	return skip_words(end, part->query == NULL ? handled : asked);
}

List *
gradual_unless_find(const char *sql)
{
	static const char *const begin[] = {"begin", NULL};
	List	   *parts = NIL;
	int			length;
	const char *found = find_body(sql, &length);
	char	   *body = found == NULL ? NULL : pnstrdup(found, length);
	const char *at = skip_words(body, begin);

	do
	{
		GradualUnlessPart *part = palloc0(sizeof(GradualUnlessPart));

		at = at == NULL ? NULL : read_part(at, part);
		if (at == NULL || (part->query == NULL && !(parts == NIL && is_end(at))))
			return NIL;
		part->inner = found + (part->inner - body);
		if (part->query != NULL)
			part->query = found + (part->query - body);
		parts = lappend(parts, part);
	} while (!is_end(at));
	return parts;
}

/* --- its statement --- */

/* The only subcommand of an ALTER TABLE; or NULL. */
static const AlterTableCmd *
only_command(const Node *node)
{
	const AlterTableStmt *alter = (const AlterTableStmt *) node;

	return IsA(alter, AlterTableStmt) && alter->objtype == OBJECT_TABLE &&
		list_length(alter->cmds) == 1 ? linitial(alter->cmds) : NULL;
}

/* ADD CONSTRAINT name FOREIGN KEY or CHECK, and nothing else? */
static bool
adds_constraint(const Node *node)
{
	const AlterTableCmd *cmd = only_command(node);
	const Constraint *constraint = cmd == NULL ? NULL : (const Constraint *) cmd->def;

	return cmd != NULL && cmd->subtype == AT_AddConstraint && constraint->conname != NULL &&
		(constraint->contype == CONSTR_FOREIGN || constraint->contype == CONSTR_CHECK);
}

/* The name of what the statement makes: a type as a list. */
static List *
made_type(const Node *node)
{
	switch (nodeTag(node))
	{
		case T_CreateEnumStmt:
			return ((const CreateEnumStmt *) node)->typeName;
		case T_CreateDomainStmt:
			return ((const CreateDomainStmt *) node)->domainname;
		case T_CompositeTypeStmt:
			return gradual_ident_names(((const CompositeTypeStmt *) node)->typevar);
		default:
			return NIL;
	}
}

/* .. or of the column or constraint that it changes or drops, if that is wanted; or NULL. */
static const char *
name_about(const Node *node, bool wanted)
{
	const AlterTableCmd *cmd = only_command(node);
	const RenameStmt *rename = (const RenameStmt *) node;

	if (wanted)
	{
		if (cmd != NULL)
			return cmd->subtype == AT_DropColumn || cmd->subtype == AT_DropConstraint ? cmd->name : NULL;
		return IsA(rename, RenameStmt) && (rename->renameType == OBJECT_TABCONSTRAINT ||
										   (rename->renameType == OBJECT_COLUMN &&
											rename->relationType == OBJECT_TABLE)) ?
			rename->subname : NULL;
	}
	if (cmd != NULL && cmd->subtype == AT_AddColumn)
		return ((ColumnDef *) cmd->def)->colname;
	if (cmd != NULL)
		return cmd->subtype == AT_AddConstraint ? ((Constraint *) cmd->def)->conname : NULL;
	if (IsA(node, IndexStmt))
		return ((const IndexStmt *) node)->idxname;
	if (IsA(node, CreateTrigStmt))
		return ((const CreateTrigStmt *) node)->trigname;
	if (IsA(node, CreatePolicyStmt))
		return ((const CreatePolicyStmt *) node)->policy_name;
	return made_type(node) != NIL ? strVal(llast(made_type(node))) : NULL;
}

bool
gradual_unless_knows(const Node *node, const GradualUnless *unless)
{
	const char *name;

	if (unless->query == NULL)
		return IsA(node, CreateEnumStmt) || adds_constraint(node);
	name = name_about(node, unless->wanted);
	return name != NULL && gradual_condition_asks_for(unless->query, name);
}

/* --- is it there? --- */

static bool
is_about_column(const Node *node)
{
	const AlterTableCmd *cmd = only_command(node);

	return cmd != NULL ? cmd->subtype == AT_AddColumn || cmd->subtype == AT_DropColumn :
		((const RenameStmt *) node)->renameType == OBJECT_COLUMN;
}

/* In a table, real or a clone */
static bool
has(Oid table, const Node *node, bool wanted)
{
	const char *name = name_about(node, wanted);

	return is_about_column(node) ? get_attnum(table, name) != InvalidAttrNumber :
		OidIsValid(get_relation_constraint_oid(table, name, true));
}

static const RangeVar *
table_of(const Node *node)
{
	switch (nodeTag(node))
	{
		case T_IndexStmt:
			return ((const IndexStmt *) node)->relation;
		case T_CreateTrigStmt:
			return ((const CreateTrigStmt *) node)->relation;
		case T_CreatePolicyStmt:
			return ((const CreatePolicyStmt *) node)->table;
		case T_RenameStmt:
			return ((const RenameStmt *) node)->relation;
		default:
			return castNode(AlterTableStmt, (Node *) node)->relation;
	}
}

/* In the schema where it would be made */
static bool
is_type(const Node *node)
{
	List	   *names = copyObject(made_type(node));
	char	   *schema;
	char	   *name;

	DeconstructQualifiedName(names, &schema, &name);
	if (schema != NULL ? !OidIsValid(get_namespace_oid(schema, true)) : fetch_search_path(false) == NIL)
		return false;
	return gradual_lookup_is_type(QualifiedNameGetCreationNamespace(names, &name), name);
}

/* An index, trigger or policy, as the script so far has left it */
static bool
hangs_there(GradualRehearsal *rehearsal, const Node *node, const char *name)
{
	GradualRelation *relation = gradual_lookup_find(rehearsal, table_of(node), false);

	if (IsA(node, IndexStmt))
		return gradual_lookup_find_in(rehearsal, relation->schema, name) != NULL;
	return gradual_part_exists(rehearsal, relation,
							   IsA(node, CreateTrigStmt) ? OBJECT_TRIGGER : OBJECT_POLICY, name);
}

static bool
hangs(const Node *node)
{
	return IsA(node, IndexStmt) || IsA(node, CreateTrigStmt) || IsA(node, CreatePolicyStmt);
}

/* As the script so far has left it. */
static bool
is_there(GradualRehearsal *rehearsal, const Node *node, bool wanted)
{
	GradualRelation *relation;

	if (made_type(node) != NIL)
		return is_type(node);
	if (hangs(node))
		return hangs_there(rehearsal, node, name_about(node, wanted));
	relation = gradual_clone_altered(rehearsal, table_of(node),
									 wanted || (only_command(node) != NULL &&
												((const AlterTableStmt *) node)->missing_ok));

	/* without the table there is nothing to do */
	return relation == NULL ? !wanted : has(relation->clone, node, wanted);
}

/* In a table, as it was before the script */
static bool
had(Oid table, const Node *node, bool wanted)
{
	const char *name = name_about(node, wanted);

	switch (nodeTag(node))
	{
		case T_IndexStmt:
			return OidIsValid(get_relname_relid(name, get_rel_namespace(table)));
		case T_CreateTrigStmt:
			return OidIsValid(get_trigger_oid(table, name, true));
		case T_CreatePolicyStmt:
			return OidIsValid(get_relation_policy_oid(table, name, true));
		default:
			return has(table, node, wanted);
	}
}

/* As it was before the script */
static bool
was_there(const Node *node, bool wanted)
{
	Oid			table;

	if (made_type(node) != NIL)
		return is_type(node);
	table = RangeVarGetRelid(table_of(node), NoLock, true);
	return OidIsValid(table) && had(table, node, wanted);
}

void
gradual_unless_ask(const GradualStatement *statement)
{
	GradualUnless *unless = statement->unless;

	unless->found = gradual_condition_holds(unless->query, unless->text);
	unless->found_several = unless->found && gradual_condition_finds_several(unless->query, unless->text);
	unless->was_there = was_there(statement->node, unless->wanted);
}

static bool
mentions(const GradualStatement *statement, const char *name)
{
	return strstr(asc_tolower(statement->sql, strlen(statement->sql)),
				  asc_tolower(name, strlen(name))) != NULL;
}

/* Could an earlier statement be about something of that name? */
static bool
is_mentioned_before(const GradualStatement *statement, const char *name)
{
	ListCell   *lc;

	foreach(lc, statement->script->statements)
	{
		const GradualStatement *before = lfirst(lc);

		if (before == statement)
			break;
		if (mentions(before, name))
			return true;
	}
	return false;
}

bool
gradual_unless_is_hidden(const GradualScript *script, const Node *node, const GradualUnless *unless)
{
	const char *name = name_about(node, unless->wanted);
	ListCell   *lc;

	foreach(lc, script->statements)
	{
		const GradualStatement *before = lfirst(lc);

		if ((IsA(before->node, DoStmt) || IsA(before->node, CallStmt)) && mentions(before, name))
			return true;
	}
	return false;
}

/* Of something in a relation; it, its schema and the database are "" if there is none. */
static List *
names_in(const char *name, const char *relation, Oid schema)
{
	char	   *namespace = get_namespace_name(schema);

	return list_make4(pstrdup(name), pstrdup(relation), namespace != NULL ? namespace : "",
					  get_database_name(MyDatabaseId));
}

/* What the statement is about, and where, as far as that has names. */
static List *
names_of(GradualRehearsal *rehearsal, const Node *node, const char *name)
{
	GradualRelation *relation;
	char	   *own;

	if (made_type(node) != NIL)
		return names_in(name, "", QualifiedNameGetCreationNamespace(copyObject(made_type(node)), &own));
	relation = gradual_lookup_find(rehearsal, table_of(node), true);
	return names_in(name, table_of(node)->relname,
					relation == NULL ? InvalidOid : relation->schema);
}

/* --- is another one there? --- */

/* Could it find one in another relation, as that was before the script? */
static bool
found_in(const GradualRelation *relation, const GradualStatement *statement, const char *name)
{
	const GradualUnless *unless = statement->unless;

	return OidIsValid(relation->oid) && had(relation->oid, statement->node, unless->wanted) &&
		gradual_condition_fits(unless->query, names_in(name, get_rel_name(relation->oid),
													   get_rel_namespace(relation->oid)));
}

/* .. as the script so far has left it? */
static bool
finds_in(GradualRehearsal *rehearsal, const GradualRelation *relation,
		 const GradualStatement *statement, const char *name)
{
	const GradualUnless *unless = statement->unless;
	const Node *node = statement->node;
	ObjectType	type = IsA(node, CreateTrigStmt) ? OBJECT_TRIGGER : OBJECT_POLICY;
	bool		has_it;

	if (relation->gone)
		return false;
	has_it = hangs(node) ? gradual_part_exists(rehearsal, relation, type, name) :
		has(OidIsValid(relation->clone) ? relation->clone : relation->oid, node, unless->wanted);
	return has_it &&
		gradual_condition_fits(unless->query, names_in(name, relation->name, relation->schema));
}

/* Could it find a type that the script has made in another schema? */
static bool
finds_other_type(const GradualRehearsal *rehearsal, const GradualStatement *statement,
				 const char *name)
{
	CatCList   *types = SearchSysCacheList1(TYPENAMENSP, CStringGetDatum(name));
	bool		found = false;

	for (int i = 0; i < types->n_members; i++)
	{
		HeapTuple	tuple = &types->members[i]->tuple;
		Oid			schema = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace;

		found |= schema != rehearsal->temp &&
			TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)) &&
			gradual_condition_fits(statement->unless->query, names_in(name, "", schema));
	}
	ReleaseSysCacheList(types);
	return found;
}

/*
 * Could it find another one by now, or, if it is to be as before the script, has that
 * changed?
 */
static bool
is_unsure(GradualRehearsal *rehearsal, const GradualStatement *statement, const char *name,
		  bool as_before)
{
	const Node *node = statement->node;
	const GradualRelation *own;
	ListCell   *lc;

	if (!as_before && statement->unless->found_several)
		return true;
	if (made_type(node) != NIL)
		return !as_before && finds_other_type(rehearsal, statement, name);
	if (IsA(node, IndexStmt))
		return false;
	own = gradual_lookup_find(rehearsal, table_of(node), true);
	foreach(lc, rehearsal->relations)
	{
		const GradualRelation *relation = lfirst(lc);
		bool		by_now;

		if (relation == own || GRADUAL_IS_INDEX(relation->relkind))
			continue;
		by_now = finds_in(rehearsal, relation, statement, name);
		if (as_before ? by_now != found_in(relation, statement, name) : by_now)
			return true;
	}
	return false;
}

static void
refuse_question(const GradualStatement *statement, const char *name)
{
	gradual_script_refuse(statement, "a question in a DO block",
						  psprintf("It may find another %s than the one that the statement in it is about, and an earlier statement of the script may change what it finds.",
								   quote_identifier(name)),
						  "Ask for the schema and the table as well, or put this statement into a migration of its own.");
}

/*
 * What the query has found before the script holds as long as the script has not
 * touched anything of the name, or the query means another.
 */
static bool
finds(GradualRehearsal *rehearsal, const GradualStatement *statement, bool there)
{
	const GradualUnless *unless = statement->unless;
	const char *name = name_about(statement->node, unless->wanted);
	bool		as_before;

	if (unless->query == NULL)
		return there;
	as_before = there == unless->was_there && !is_mentioned_before(statement, name);
	if (!as_before)
	{
		as_before = !gradual_condition_fits(unless->query, names_of(rehearsal, statement->node, name));
		if (unless->found != unless->was_there || (as_before && unless->was_there && !there))
			refuse_question(statement, name);
		if (there && !as_before)
			return true;
	}
	if (is_unsure(rehearsal, statement, name, as_before))
		refuse_question(statement, name);
	return as_before && unless->found;
}

bool
gradual_unless_passes(GradualRehearsal *rehearsal, const GradualStatement *statement)
{
	bool		wanted = statement->unless->wanted;

	return finds(rehearsal, statement, is_there(rehearsal, statement->node, wanted)) != wanted;
}
