/*
 * undo.c
 *	  What undoes a statement that runs as written.
 *
 * Undo queries run right before the statement, their texts at rollback, both
 * with the search_path and the settings of the statement, so that a name as
 * written means the same there.  A query must not raise: an error would fail a
 * statement that is fine.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "base/token.h"
#include "recipe/names.h"
#include "recipe/undo.h"
#include "recipe/undo_created.h"
#include "recipe/undo_function.h"
#include "recipe/undo_object.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "undo.c must stay pure"
#endif

static void
cannot_undo(GradualStep *step, const char *why)
{
	step->reversible = "no";
	gradual_steps_note(step, why);
}

/*
 * DROP what the statement creates, unless exists (a format over the name's
 * expression, or NULL) says that it was there before.
 */
static void
drop(GradualStep *step, const char *what, const char *creation, const char *exists)
{
	char	   *query = psprintf("SELECT 'DROP %s IF EXISTS ' || created.name FROM (SELECT %s AS name) AS created",
								 what, creation);

	step->undo_query = exists == NULL ? query :
		psprintf("%s WHERE %s(created.name) IS NULL", query, exists);
}

static void
drop_range(GradualStep *step, const char *what, const RangeVar *range)
{
	drop(step, what, gradual_names_creation(gradual_ident_names(range)),
		 "pg_catalog.to_regclass");
}

/*
 * Foreign keys to the partitioned table hold each of its partitions: one that goes has
 * to be detached first.
 */
static void
drop_partition(GradualStep *step, const RangeVar *range)
{
	static const char *const detach =
	GRADUAL_UNDO_ROWS
	"SELECT pg_catalog.format('ALTER TABLE %%s DETACH PARTITION %%s', i.inhparent::pg_catalog.regclass, i.inhrelid::pg_catalog.regclass)"
	" FROM pg_catalog.pg_inherits i WHERE i.inhrelid = pg_catalog.to_regclass(%L)"
	" AND EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.confrelid = i.inhrelid AND k.contype = 'f')";

	step->undo_query = psprintf("SELECT u.undo FROM (SELECT %s AS name) AS created,"
								" LATERAL (VALUES (1, pg_catalog.format(%s, created.name)), (2, 'DROP TABLE IF EXISTS ' || created.name)) u (n, undo)"
								" WHERE pg_catalog.to_regclass(created.name) IS NULL ORDER BY u.n",
								gradual_names_creation(gradual_ident_names(range)),
								quote_literal_cstr(detach));
}

static void
drop_type(GradualStep *step, const char *what, List *name)
{
	drop(step, what, gradual_names_creation(name), "pg_catalog.to_regtype");
}

/*
 * CREATE OR REPLACE cannot take a column away, so the view is made anew with
 * all that hangs on it: one text after the other, as again.undo.
 */
static char *
view_again(const char *creation, const char *text)
{
	static const char *const parts[] = {
		"SELECT 1 AS n, 'DROP VIEW ' || created.name AS undo",
		"SELECT 2, 'CREATE VIEW ' || created.name || COALESCE(' WITH (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')', '') || ' AS ' || pg_catalog.pg_get_viewdef(c.oid)",
		"SELECT 3, pg_catalog.format('ALTER VIEW %s OWNER TO %I', created.name, pg_catalog.pg_get_userbyid(c.relowner))",
		"SELECT 4, pg_catalog.format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', created.name, a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)) FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = c.oid",
		"SELECT 5, pg_catalog.format('REVOKE ALL ON %s FROM %I', created.name, pg_catalog.pg_get_userbyid(c.relowner)) WHERE c.relacl IS NOT NULL",
		"SELECT 6, pg_catalog.format('GRANT %s ON %s TO %s', p.privilege_type, created.name, CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.grantee)) END || CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM pg_catalog.aclexplode(c.relacl) p",
		"SELECT 7, pg_catalog.format('GRANT %s (%I) ON %s TO %s', p.privilege_type, a.attname, created.name, CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.grantee)) END || CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) p WHERE a.attrelid = c.oid AND a.attnum > 0",
		"SELECT 8, pg_catalog.format('COMMENT ON VIEW %s IS %L', created.name, pg_catalog.obj_description(c.oid, 'pg_class')) WHERE pg_catalog.obj_description(c.oid, 'pg_class') IS NOT NULL",
		"SELECT 8, pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', created.name, a.attname, pg_catalog.col_description(c.oid, a.attnum)) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND pg_catalog.col_description(c.oid, a.attnum) IS NOT NULL",
		"SELECT 9, pg_catalog.pg_get_triggerdef(t.oid) FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal",
		"SELECT 9, pg_catalog.pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'",
		"SELECT 10, pg_catalog.format('COMMENT ON TRIGGER %I ON %s IS %L', t.tgname, created.name, pg_catalog.obj_description(t.oid, 'pg_trigger')) FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND pg_catalog.obj_description(t.oid, 'pg_trigger') IS NOT NULL",
		"SELECT 10, pg_catalog.format('COMMENT ON RULE %I ON %s IS %L', r.rulename, created.name, pg_catalog.obj_description(r.oid, 'pg_rewrite')) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND pg_catalog.obj_description(r.oid, 'pg_rewrite') IS NOT NULL",
	};
	StringInfoData query;

	initStringInfo(&query);
	for (int i = 0; i < lengthof(parts); i++)
		appendStringInfo(&query, "%s%s", i == 0 ? "" : " UNION ALL ", parts[i]);
	return psprintf("SELECT %s FROM (SELECT %s AS name) AS created JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(created.name), LATERAL (%s) AS again ORDER BY again.n",
					text, creation, query.data);
}

/* The rows of what uses the view, but for its own rules. */
#define USERS_OF_VIEW \
	" (SELECT FROM pg_catalog.pg_class v JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = v.oid" \
	" OR d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid = v.reltype" \
	" WHERE v.oid = pg_catalog.to_regclass(%1$L) AND d.deptype = 'n' AND NOT (d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass" \
	" AND d.objid IN (SELECT r.oid FROM pg_catalog.pg_rewrite r WHERE r.ev_class = v.oid)))"

/*
 * One that the script has made is dropped in the end, but what it uses may go before
 * that.  While others hang on the view, columns that were added stay, without values.
 */
static void
undo_own_view(GradualStep *step, const char *creation)
{
	static const char *const back =
	GRADUAL_UNDO_ROWS
	"SELECT pg_catalog.format('CREATE OR REPLACE VIEW %%s AS SELECT o.*%%s FROM (%%s) o', %1$L,"
	" (SELECT pg_catalog.string_agg(pg_catalog.format(', NULL::%%s%%s AS %%I', pg_catalog.format_type(a.atttypid, a.atttypmod), ' COLLATE ' || nullif(a.attcollation, 0)::pg_catalog.regcollation, a.attname), '' ORDER BY a.attnum)"
	" FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > %2$s), %3$L)"
	" FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(%1$L) AND EXISTS" USERS_OF_VIEW;
	static const char *const again =
	GRADUAL_UNDO_ROWS "SELECT %2$L WHERE NOT EXISTS" USERS_OF_VIEW;

	step->undo_query = psprintf("(SELECT pg_catalog.format(%s, created.name, c.relnatts, pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'))"
								" FROM (SELECT %s AS name) AS created JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(created.name)) UNION ALL (%s)",
								quote_literal_cstr(back), creation,
								view_again(creation, psprintf("pg_catalog.format(%s, created.name, again.undo)",
															  quote_literal_cstr(again))));
}

static void
undo_view(GradualStep *step, const GradualCommand *command, const ViewStmt *view)
{
	char	   *creation = gradual_names_creation(gradual_ident_names(view->view));

	if (command->replaces_own)
	{
		undo_own_view(step, creation);
		return;
	}
	if (command->adds_column)
	{
		step->undo_query = view_again(creation, "again.undo");
		step->reversible = "if nothing else uses it";
		return;
	}
	step->undo_query = psprintf("SELECT COALESCE((SELECT 'CREATE OR REPLACE VIEW ' || created.name || COALESCE(' WITH (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')', '') || ' AS ' || pg_catalog.pg_get_viewdef(c.oid) FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(created.name)), 'DROP VIEW IF EXISTS ' || created.name) FROM (SELECT %s AS name) AS created",
								creation);
}

static char *
table_of(const GradualCommand *command, const RangeVar *range)
{
	return command->table != NULL ? command->table->qualified :
		gradual_names_range(range);
}

static void
undo_trigger(GradualStep *step, const GradualCommand *command, const CreateTrigStmt *create)
{
	char	   *table = table_of(command, create->relation);

	step->undo_query = psprintf("SELECT pg_catalog.regexp_replace(pg_catalog.pg_get_triggerdef(oid), '^CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER') FROM pg_catalog.pg_trigger WHERE tgrelid = pg_catalog.to_regclass(%1$s) AND tgname = %2$s AND NOT tgisinternal UNION ALL SELECT pg_catalog.format('ALTER TABLE %%s %%s TRIGGER %%I', %1$s, CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, tgname) FROM pg_catalog.pg_trigger WHERE tgrelid = pg_catalog.to_regclass(%1$s) AND tgname = %2$s AND NOT tgisinternal AND tgenabled <> 'O' UNION ALL SELECT %3$s WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = pg_catalog.to_regclass(%1$s) AND tgname = %2$s AND NOT tgisinternal)"
								" UNION ALL SELECT pg_catalog.format('ALTER TABLE %%s %%s TRIGGER %%I', k.tgrelid::pg_catalog.regclass, CASE k.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END, k.tgname)"
								" FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(%1$s)) t JOIN pg_catalog.pg_trigger k ON k.tgrelid = t.relid JOIN pg_catalog.pg_trigger p ON p.tgrelid = pg_catalog.to_regclass(%1$s) AND p.tgname = k.tgname"
								" WHERE t.level > 0 AND k.tgname = %2$s AND k.tgparentid <> 0 AND k.tgenabled <> p.tgenabled",
								quote_literal_cstr(table),
								quote_literal_cstr(create->trigname),
								quote_literal_cstr(psprintf("DROP TRIGGER IF EXISTS %s ON %s",
															quote_identifier(create->trigname), table)));
}

static void
undo_rule(GradualStep *step, const GradualCommand *command, const RuleStmt *rule)
{
	char	   *table = table_of(command, rule->relation);

	step->undo_query = psprintf("SELECT COALESCE((SELECT pg_catalog.regexp_replace(pg_catalog.pg_get_ruledef(oid), '^CREATE RULE', 'CREATE OR REPLACE RULE') FROM pg_catalog.pg_rewrite WHERE ev_class = pg_catalog.to_regclass(%s) AND rulename = %s), %s)",
								quote_literal_cstr(table),
								quote_literal_cstr(rule->rulename),
								quote_literal_cstr(psprintf("DROP RULE IF EXISTS %s ON %s",
															quote_identifier(rule->rulename), table)));
}

static const DefElem *
find_option(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		if (strcmp(lfirst_node(DefElem, lc)->defname, name) == 0)
			return lfirst(lc);
	}
	return NULL;
}

/* The column that a sequence belongs to goes by pg_depend; only if it is changed. */
static void
undo_sequence(GradualStep *step, const AlterSeqStmt *alter)
{
	const char *owned_by = find_option(alter->options, "owned_by") != NULL ?
	" || ' OWNED BY ' || COALESCE((SELECT pg_catalog.format('%I.%I.%I', tn.nspname, t.relname, a.attname) FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'a'), 'NONE')" : "";

	step->undo_query = psprintf("SELECT pg_catalog.format('ALTER SEQUENCE %%I.%%I AS %%s INCREMENT BY %%s MINVALUE %%s MAXVALUE %%s START WITH %%s CACHE %%s %%s', n.nspname, c.relname, pg_catalog.format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)%s FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = pg_catalog.to_regclass(%s)",
								owned_by,
								quote_literal_cstr(gradual_names_range(alter->sequence)));
	if (find_option(alter->options, "restart") != NULL)
		cannot_undo(step, "Rolling back restores its options, but not its value.");
}

/* --- COMMENT --- */

/* 'COMMENT ON .. IS': as a reserved word it cannot be a name. */
static char *
comment_prefix(const char *sql)
{
	bool		escapes = false;
	StringInfoData text;

	initStringInfo(&text);
	for (;;)
	{
		const char *token = gradual_token_skip_blank(sql);

		if (token != sql)
			appendStringInfoChar(&text, ' ');
		if (*token == '\0')
			return NULL;
		sql = gradual_token_end(token, &escapes);
		appendBinaryStringInfo(&text, token, sql - token);
		if (gradual_token_is(token, sql - token, "is"))
			return text.data;
	}
}

/* An expression for the comment that the object has; NULL = cannot be written. */
static char *
previous_comment(const CommentStmt *comment)
{
	List	   *name = IsA(comment->object, List) ? (List *) comment->object : NIL;
	char	   *relation;

	switch (comment->objtype)
	{
		case OBJECT_TABLE:
		case OBJECT_VIEW:
		case OBJECT_MATVIEW:
		case OBJECT_INDEX:
		case OBJECT_SEQUENCE:
			return psprintf("pg_catalog.obj_description(pg_catalog.to_regclass(%s), 'pg_class')",
							quote_literal_cstr(gradual_names_quoted(name)));
		case OBJECT_COLUMN:
			relation = gradual_names_quoted(list_truncate(list_copy(name),
														  list_length(name) - 1));
			return psprintf("(SELECT pg_catalog.col_description(attrelid, attnum) FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass(%s) AND attname = %s AND NOT attisdropped)",
							quote_literal_cstr(relation),
							quote_literal_cstr(strVal(llast(name))));
		case OBJECT_TYPE:
		case OBJECT_DOMAIN:
			return psprintf("pg_catalog.obj_description(pg_catalog.to_regtype(%s), 'pg_type')",
							quote_literal_cstr(gradual_names_type((TypeName *) comment->object)));
		case OBJECT_SCHEMA:
			return psprintf("pg_catalog.obj_description(pg_catalog.to_regnamespace(%s), 'pg_namespace')",
							quote_literal_cstr(quote_identifier(strVal(comment->object))));
		default:
			return gradual_undo_object_comment(comment);
	}
}

/* Is the comment on something that the script creates?  It goes with it. */
static bool
is_comment_on_created(const GradualRecipeState *state, const GradualCommand *command,
					  const CommentStmt *comment)
{
	List	   *name = gradual_names_of_object(comment->object);
	int			depth = comment->objtype == OBJECT_COLUMN ? 2 : 1;

	return list_length(name) >= depth &&
		gradual_names_created(state->script, command->statement,
							  strVal(list_nth(name, list_length(name) - depth)), true);
}

static void
undo_comment(GradualStep *step, const GradualRecipeState *state,
			 const GradualCommand *command, const CommentStmt *comment)
{
	char	   *prefix = comment_prefix(command->statement->sql);
	char	   *previous = previous_comment(comment);

	if (is_comment_on_created(state, command, comment))
		return;
	if (prefix == NULL || previous == NULL)
	{
		cannot_undo(step, "A rollback leaves the new comment.");
		return;
	}
	step->undo_query = psprintf("SELECT %s || pg_catalog.quote_nullable(%s)",
								quote_literal_cstr(psprintf("%s ", prefix)), previous);
}

/* --- GRANT --- */

static bool
is_granted_on_created(const GradualRecipeState *state, const GradualCommand *command,
					  Node *object)
{
	List	   *name = gradual_names_of_object(object);

	if (IsA(object, RangeVar))
		name = list_make1(makeString(((RangeVar *) object)->relname));
	return name != NIL &&
		gradual_names_created(state->script, command->statement, strVal(llast(name)), true);
}

static void
undo_grant(GradualStep *step, const GradualRecipeState *state, const GradualCommand *command,
		   const GrantStmt *grant)
{
	ListCell   *lc;

	foreach(lc, grant->objects)
	{
		if (grant->targtype == ACL_TARGET_OBJECT &&
			is_granted_on_created(state, command, lfirst(lc)))
			continue;
		cannot_undo(step, "A rollback leaves the privileges; REVOKE them by hand.");
		return;
	}
}

/* --- everything else --- */

static void
undo_schema(GradualStep *step, const CreateSchemaStmt *create)
{
	if (create->schemaname == NULL || create->schemaElts != NIL)
	{
		cannot_undo(step, "A rollback leaves the schema.");
		return;
	}
	drop(step, "SCHEMA", quote_literal_cstr(quote_identifier(create->schemaname)),
		 "pg_catalog.to_regnamespace");
}

/*
 * The server gives it a name, of the table, the columns and 'stat': what has one of
 * those afterwards, and was not there before.
 */
static void
undo_unnamed_statistics(GradualStep *step, const char *table)
{
	const char *names = psprintf("FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = pg_catalog.to_regclass(%s) AND s.stxname ~ '_stat[0-9]*$'",
								 quote_literal_cstr(table));

	step->undo_query = psprintf("SELECT pg_catalog.format(%s, %s, COALESCE((SELECT pg_catalog.array_agg(pg_catalog.format('%%I.%%I', n.nspname, s.stxname)) %s), '{}'))",
								quote_literal_cstr(GRADUAL_UNDO_ROWS
												   "SELECT pg_catalog.format('DROP STATISTICS IF EXISTS %%I.%%I', n.nspname, s.stxname) %s AND pg_catalog.format('%%I.%%I', n.nspname, s.stxname) <> ALL (%L::pg_catalog.text[]) ORDER BY s.oid LIMIT 1"),
								quote_literal_cstr(names), names);
}

static void
undo_statistics(GradualStep *step, const GradualCommand *command, const CreateStatsStmt *create)
{
	if (create->defnames == NIL && command->table != NULL && command->table->created)
		return;
	if (create->defnames == NIL)
	{
		undo_unnamed_statistics(step, command->table->qualified);
		return;
	}
	drop(step, "STATISTICS", gradual_names_creation(create->defnames), NULL);
	if (create->if_not_exists)
		step->undo_query = psprintf("%s WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_statistic_ext WHERE stxname = %s)",
									step->undo_query,
									quote_literal_cstr(strVal(llast(create->defnames))));
}

static void
undo_extension(GradualStep *step, const CreateExtensionStmt *create)
{
	step->undo_query = psprintf("SELECT %s WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = %s)",
								quote_literal_cstr(psprintf("DROP EXTENSION IF EXISTS %s",
															quote_identifier(create->extname))),
								quote_literal_cstr(create->extname));
}

static void
undo_policy(GradualStep *step, const GradualCommand *command, const CreatePolicyStmt *create)
{
	step->undo = list_make1(psprintf("DROP POLICY IF EXISTS %s ON %s",
									 quote_identifier(create->policy_name),
									 table_of(command, create->table)));
}

/* Ordered-set aggregates, and those of the old syntax, are not taken apart. */
static void
undo_aggregate(GradualStep *step, const DefineStmt *define)
{
	char	   *arguments;

	if (define->oldstyle || intVal(lsecond(define->args)) != -1 ||
		(arguments = gradual_names_arguments(linitial(define->args))) == NULL)
	{
		cannot_undo(step, "A rollback leaves it.");
		return;
	}
	step->undo_query = psprintf("SELECT 'DROP AGGREGATE IF EXISTS ' || %s || %s",
								gradual_names_creation(define->defnames),
								quote_literal_cstr(psprintf("(%s)", arguments[0] == '\0' ? "*" : arguments)));
	if (define->replace)
		cannot_undo(step, "A rollback drops it; what it replaced does not come back.");
}

/* 'integer', of LEFTARG = int; NULL if it cannot be written. */
static char *
operand(const DefineStmt *define, const char *which)
{
	const DefElem *option = find_option(define->definition, which);

	if (option == NULL)
		return "NONE";
	return option->arg != NULL && IsA(option->arg, TypeName) ?
		gradual_names_type((TypeName *) option->arg) : NULL;
}

/* Its name is not quoted. */
static void
undo_operator(GradualStep *step, const DefineStmt *define)
{
	char	   *left = operand(define, "leftarg");
	char	   *right = operand(define, "rightarg");
	char	   *schema = "pg_catalog.current_schema()";

	if (left == NULL || right == NULL)
	{
		cannot_undo(step, "A rollback leaves it.");
		return;
	}
	if (list_length(define->defnames) > 1)
		schema = quote_literal_cstr(strVal(linitial(define->defnames)));
	step->undo_query = psprintf("SELECT pg_catalog.format('DROP OPERATOR IF EXISTS %%I.%%s %%s', %s, %s, %s)",
								schema, quote_literal_cstr(strVal(llast(define->defnames))),
								quote_literal_cstr(psprintf("(%s, %s)", left, right)));
}

/* Collations and text search have names of their own; its tag says what it is. */
static void
undo_define(GradualStep *step, const GradualStatement *statement)
{
	const DefineStmt *define = (DefineStmt *) statement->node;

	if (define->kind == OBJECT_AGGREGATE)
		undo_aggregate(step, define);
	else if (define->kind == OBJECT_OPERATOR)
		undo_operator(step, define);
	else if (define->kind == OBJECT_TYPE)
		drop_type(step, "TYPE", define->defnames);
	else if (define->if_not_exists)
		cannot_undo(step, "A rollback leaves it.");
	else
		drop(step, statement->tag + strlen("CREATE "),
			 gradual_names_creation(define->defnames), NULL);
}

static void
undo_table_as(GradualStep *step, const IntoClause *into, ObjectType type)
{
	drop_range(step, type == OBJECT_MATVIEW ? "MATERIALIZED VIEW" : "TABLE", into->rel);
}

/* What the script does to a sequence that it creates goes with that. */
static bool
is_about_created(const GradualRecipeState *state, const GradualCommand *command)
{
	Node	   *node = command->statement->node;

	return IsA(node, AlterSeqStmt) &&
		gradual_names_created(state->script, command->statement,
							  ((AlterSeqStmt *) node)->sequence->relname, true);
}

void
gradual_undo_set(GradualStep *step, const GradualRecipeState *state,
				 const GradualCommand *command)
{
	Node	   *node = command->statement->node;

	if (is_about_created(state, command))
		return;
	switch (nodeTag(node))
	{
		case T_CreateStmt:
			if (((CreateStmt *) node)->partbound != NULL)
				drop_partition(step, ((CreateStmt *) node)->relation);
			else
				drop_range(step, "TABLE", ((CreateStmt *) node)->relation);
			break;
		case T_CreateTableAsStmt:
			undo_table_as(step, ((CreateTableAsStmt *) node)->into,
						  ((CreateTableAsStmt *) node)->objtype);
			break;
		case T_SelectStmt:
			if (gradual_names_into(node) != NULL)
				undo_table_as(step, gradual_names_into(node), OBJECT_TABLE);
			break;
		case T_ViewStmt:
			undo_view(step, command, (ViewStmt *) node);
			break;
		case T_CreateSeqStmt:
			drop_range(step, "SEQUENCE", ((CreateSeqStmt *) node)->sequence);
			break;
		case T_AlterSeqStmt:
			undo_sequence(step, (AlterSeqStmt *) node);
			break;
		case T_CompositeTypeStmt:
			drop_type(step, "TYPE",
					  gradual_ident_names(((CompositeTypeStmt *) node)->typevar));
			break;
		case T_CreateEnumStmt:
			drop_type(step, "TYPE", ((CreateEnumStmt *) node)->typeName);
			break;
		case T_CreateRangeStmt:
			drop_type(step, "TYPE", ((CreateRangeStmt *) node)->typeName);
			break;
		case T_CreateDomainStmt:
			drop_type(step, "DOMAIN", ((CreateDomainStmt *) node)->domainname);
			break;
		case T_DefineStmt:
			undo_define(step, command->statement);
			break;
		case T_CreateFunctionStmt:
			if (!gradual_undo_function(step, (CreateFunctionStmt *) node))
				cannot_undo(step, "A rollback leaves it: its signature uses %TYPE.");
			break;
		case T_AlterTableStmt:
			if (command->table != NULL && command->table->created)
				gradual_undo_created(step, state, command);
			break;
		case T_CreateTrigStmt:
			undo_trigger(step, command, (CreateTrigStmt *) node);
			break;
		case T_RuleStmt:
			undo_rule(step, command, (RuleStmt *) node);
			break;
		case T_CreatePolicyStmt:
			undo_policy(step, command, (CreatePolicyStmt *) node);
			break;
		case T_CreateStatsStmt:
			undo_statistics(step, command, (CreateStatsStmt *) node);
			break;
		case T_CreateExtensionStmt:
			undo_extension(step, (CreateExtensionStmt *) node);
			break;
		case T_CreateSchemaStmt:
			undo_schema(step, (CreateSchemaStmt *) node);
			break;
		case T_CommentStmt:
			undo_comment(step, state, command, (CommentStmt *) node);
			break;
		case T_GrantStmt:
			undo_grant(step, state, command, (GrantStmt *) node);
			break;
		case T_AlterEnumStmt:
			cannot_undo(step, "A value of an enum cannot be removed again.");
			break;
		default:
			if (!gradual_undo_object(step, state, command))
				cannot_undo(step, "A rollback leaves it.");
			break;
	}
}
