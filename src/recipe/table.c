/*
 * table.c
 *	  The subcommands of ALTER TABLE that are not about the shape of a column:
 *	  storage options, owner, triggers, constraints.
 */
#include "postgres.h"

#include "commands/tablecmds.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/violators.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "table.c must stay pure"
#endif

static LOCKMODE
lock_of(const GradualCommand *command)
{
	return AlterTableGetLockLevel(list_make1(command->node));
}

/* 'ALTER TABLE t ..' as an SQL literal for an undo query, up to its variable part. */
static char *
undo_prefix(const GradualCommand *command, const char *what)
{
	return quote_literal_cstr(psprintf("ALTER TABLE %s %s",
									   command->table->qualified, what));
}

static char *
regclass_of(const GradualCommand *command)
{
	return psprintf("pg_catalog.to_regclass(%s)",
					quote_literal_cstr(command->table->qualified));
}

/* --- what the previous setting was --- */

/* From a column's row in pg_attribute; 'value' is an expression over it. */
static char *
undo_from_attribute(const GradualCommand *command, const char *what, const char *value)
{
	char	   *column = psprintf("ALTER COLUMN %s %s ",
								  quote_identifier(command->column), what);

	return psprintf("SELECT %s || (%s) FROM pg_catalog.pg_attribute WHERE attrelid = %s AND attname = %s AND NOT attisdropped",
					undo_prefix(command, column), value, regclass_of(command),
					quote_literal_cstr(command->column));
}

/* The same of a subcommand that goes to the tables below as well. */
static char *
undo_from_attributes(const GradualCommand *command, const char *what, const char *value)
{
	return gradual_steps_undo_family(command->table,
									 psprintf("pg_catalog.format('ALTER COLUMN %%I %s %%s', a.attname, %s)", what, value),
									 "a.attname",
									 psprintf("JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid WHERE a.attname = %s AND NOT a.attisdropped",
											  quote_literal_cstr(command->column)));
}

/* The names in a list of options, for RESET. */
static char *
option_names(List *options)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, options)
	{
		DefElem    *option = lfirst(lc);

		if (text.len > 0)
			appendStringInfoString(&text, ", ");
		if (option->defnamespace != NULL)
			appendStringInfo(&text, "%s.", quote_identifier(option->defnamespace));
		appendStringInfoString(&text, quote_identifier(option->defname));
	}
	return text.data;
}

/* Back to no option at all, then to those that were set. */
static char *
undo_options(const GradualCommand *command)
{
	char	   *names = option_names((List *) ((AlterTableCmd *) command->node)->def);

	if (command->column == NULL)
		return psprintf("SELECT %s UNION ALL SELECT %s || pg_catalog.array_to_string(reloptions, ', ') || ')' FROM pg_catalog.pg_class WHERE oid = %s AND reloptions IS NOT NULL UNION ALL SELECT %s || pg_catalog.string_agg('toast.' || o, ', ') || ')' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid, pg_catalog.unnest(t.reloptions) o WHERE c.oid = %s HAVING pg_catalog.count(*) > 0",
						undo_prefix(command, psprintf("RESET (%s)", names)),
						undo_prefix(command, "SET ("), regclass_of(command),
						undo_prefix(command, "SET ("), regclass_of(command));
	return psprintf("SELECT %s UNION ALL %s AND attoptions IS NOT NULL",
					undo_prefix(command, psprintf("ALTER COLUMN %s RESET (%s)",
												  quote_identifier(command->column), names)),
					undo_from_attribute(command, "SET",
										"(SELECT '(' || pg_catalog.string_agg(o, ', ') || ')' FROM pg_catalog.unnest(attoptions) o WHERE pg_catalog.starts_with(o, 'n_distinct'))"));
}

/* The index of the table that has a mark in pg_index, after some words; or NULL. */
static char *
marked_index(const GradualCommand *command, const char *words, const char *mark)
{
	return psprintf("(SELECT '%s ' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = %s AND i.%s)",
					words, regclass_of(command), mark);
}

static char *
undo_option(const GradualCommand *command)
{
	switch (((AlterTableCmd *) command->node)->subtype)
	{
		case AT_SetRelOptions:
		case AT_ResetRelOptions:
		case AT_SetOptions:
		case AT_ResetOptions:
			return undo_options(command);
		case AT_SetStatistics:
			if (command->column == NULL)
				return NULL;
			return undo_from_attributes(command, "SET STATISTICS",
										"COALESCE(attstattarget, -1)::pg_catalog.text");
		case AT_SetStorage:
			return undo_from_attributes(command, "SET STORAGE",
										"CASE attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END");
		case AT_SetCompression:
			return undo_from_attribute(command, "SET COMPRESSION",
									   "CASE attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE 'DEFAULT' END");
		case AT_ChangeOwner:
			return psprintf("SELECT %s || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(relowner)) FROM pg_catalog.pg_class WHERE oid = %s",
							undo_prefix(command, "OWNER TO "), regclass_of(command));
		case AT_ClusterOn:
		case AT_DropCluster:
			return psprintf("SELECT %s || COALESCE(%s, 'SET WITHOUT CLUSTER')",
							undo_prefix(command, ""),
							marked_index(command, "CLUSTER ON", "indisclustered"));
		case AT_ReplicaIdentity:
			return psprintf("SELECT %s || CASE relreplident WHEN 'f' THEN 'FULL' WHEN 'i' THEN COALESCE(%s, 'NOTHING') WHEN 'n' THEN 'NOTHING' ELSE 'DEFAULT' END FROM pg_catalog.pg_class WHERE oid = %s",
							undo_prefix(command, "REPLICA IDENTITY "),
							marked_index(command, "USING INDEX", "indisreplident"),
							regclass_of(command));
		case AT_SetAccessMethod:
			return psprintf("SELECT %s || COALESCE((SELECT pg_catalog.quote_ident(a.amname) FROM pg_catalog.pg_am a WHERE a.oid = c.relam), 'DEFAULT') FROM pg_catalog.pg_class c WHERE c.oid = %s",
							undo_prefix(command, "SET ACCESS METHOD "), regclass_of(command));
		case AT_SetLogged:
		case AT_SetUnLogged:
			return psprintf("SELECT %s || CASE relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END FROM pg_catalog.pg_class WHERE oid = %s",
							undo_prefix(command, "SET "), regclass_of(command));
		default:
			return NULL;
	}
}

/* --- recipes --- */

static const char *
option_action(const GradualCommand *command)
{
	const char *form;

	switch (((AlterTableCmd *) command->node)->subtype)
	{
		case AT_SetStatistics:
			return psprintf("set statistics target of %s",
							command->column != NULL ? command->column : "a column");
		case AT_SetOptions:
		case AT_ResetOptions:
			return psprintf("set options of %s", command->column);
		case AT_SetStorage:
			return psprintf("set storage of %s", command->column);
		case AT_SetCompression:
			return psprintf("set compression of %s", command->column);
		case AT_ChangeOwner:
			return "change owner";
		case AT_ClusterOn:
			return "mark index for CLUSTER";
		case AT_DropCluster:
			return "mark no index for CLUSTER";
		case AT_ReplicaIdentity:
			return "set replica identity";
		default:
			(void) gradual_recipe_find(command, &form);
			return asc_tolower(form, strlen(form));
	}
}

/* As a statement of its own; NULL if we do not write it. */
static char *
own_text(const GradualCommand *command)
{
	AlterTableCmd *cmd = (AlterTableCmd *) command->node;

	if (!gradual_steps_is(command, AT_ChangeOwner) || command->table == NULL ||
		cmd->newowner->roletype != ROLESPEC_CSTRING)
		return NULL;
	return psprintf("ALTER TABLE %s OWNER TO %s", command->table->qualified,
					quote_identifier(cmd->newowner->rolename));
}

/* A catalog-only setting of a table or column, and on an empty table anything. */
void
gradual_recipe_option(GradualRecipeState *state, GradualCommand *command)
{
	bool		late = gradual_steps_is(command, AT_ChangeOwner) && !command->table->created;
	GradualPhase phase = gradual_place_ddl(state, command,
										   late ? GRADUAL_SWAP : GRADUAL_EXPAND);
	GradualStep *step = gradual_steps_plain(state, command, phase, own_text(command));

	step->action = pstrdup(option_action(command));
	gradual_steps_lock(step, command->table, lock_of(command));
	gradual_steps_lock_touched(step, command);
	if (late)
		step->note = "The running application may rely on what the owner may do: so only after complete.";
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	if (command->table == NULL || command->table->created || phase >= GRADUAL_SWAP)
		return;
	step->undo_query = undo_option(command);
	if (step->undo_query == NULL)
	{
		step->reversible = "no";
		step->note = "A rollback does not undo it.";
	}
}

static const char *
trigger_action(const AlterTableCmd *cmd)
{
	switch (cmd->subtype)
	{
		case AT_EnableTrigAll:
			return "enable all triggers";
		case AT_EnableTrigUser:
			return "enable all triggers of users";
		default:
			return psprintf("enable trigger %s", cmd->name);
	}
}

/* Triggers are as they were: by name, or all those of users. */
static char *
undo_trigger(const GradualCommand *command)
{
	const char *name = ((AlterTableCmd *) command->node)->name;
	char	   *condition = name == NULL ? "NOT tgisinternal" :
	psprintf("tgname = %s", quote_literal_cstr(name));

	return gradual_steps_undo_family(command->table,
									 "pg_catalog.format('%s TRIGGER %I', CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END, tgname)",
									 "tgname",
									 psprintf("JOIN pg_catalog.pg_trigger ON tgrelid = t.oid WHERE %s", condition));
}

void
gradual_recipe_enable_trigger(GradualRecipeState *state, GradualCommand *command)
{
	bool		changed = gradual_place_changed(state, command->table);
	GradualStep *step = gradual_steps_plain(state, command,
											gradual_place_ddl(state, command,
															  changed ? GRADUAL_VERIFY : GRADUAL_EXPAND),
											NULL);

	step->action = pstrdup(trigger_action((AlterTableCmd *) command->node));
	gradual_steps_lock(step, command->table, lock_of(command));
	step->undo_query = undo_trigger(command);
	command->phase = step->phase;
	if (changed)
		step->note = "After the backfill of an earlier statement, for which it does not fire.";
}

/*
 * The constraints of the partitions that come with c, as rows of (n, needed,
 * sql): the server chooses their names anew, so that they get their own after
 * a commit, when it has done so; and their comments.
 */
static char *
constraints_of_partitions(const GradualCommand *command, const char *name)
{
	static const char *const tree =
	"(WITH RECURSIVE d AS (SELECT k.oid, k.conrelid, k.conname, k.conparentid FROM pg_catalog.pg_constraint p JOIN pg_catalog.pg_constraint k ON k.conparentid = p.oid AND k.conrelid <> p.conrelid"
	" WHERE p.conrelid = %1$s AND p.conname = %2$s"
	" UNION ALL SELECT k.oid, k.conrelid, k.conname, k.conparentid FROM d JOIN pg_catalog.pg_constraint k ON k.conparentid = d.oid AND k.conrelid <> d.conrelid) TABLE d) d";
	static const char *const rename =
	GRADUAL_UNDO_ROWS
	"SELECT pg_catalog.format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', d.conrelid::pg_catalog.regclass, d.conname, %1$L)"
	" FROM %3$s WHERE d.conrelid = pg_catalog.to_regclass(%2$L) AND d.conname <> %1$L";
	static const char *const parts =
	"SELECT p.n, p.needed, p.sql FROM %1$s, LATERAL (VALUES"
	" (3, d.conparentid = c.oid AND d.oid = (SELECT pg_catalog.min(k.oid) FROM pg_catalog.pg_constraint k WHERE k.conparentid = c.oid AND k.conrelid <> c.conrelid), 'COMMIT'),"
	" (7, true, pg_catalog.format(%2$s, d.conname, d.conrelid::pg_catalog.regclass, %3$s)),"
	" (8, pg_catalog.obj_description(d.oid, 'pg_constraint') IS NOT NULL, pg_catalog.format(%4$s, d.conrelid::pg_catalog.regclass, pg_catalog.format('COMMENT ON CONSTRAINT %%I ON %%s IS %%L', d.conname, d.conrelid::pg_catalog.regclass, pg_catalog.obj_description(d.oid, 'pg_constraint'))))) p (n, needed, sql)";
	char	   *from = psprintf(tree, regclass_of(command), quote_literal_cstr(name));

	return psprintf(parts, from, quote_literal_cstr(rename), quote_literal_cstr(from),
					quote_literal_cstr(GRADUAL_UNDO_IF_THERE));
}

/*
 * Back as NOT VALID, which takes an instant, and then validated, if it was, in a
 * transaction of its own.  (Before 18 foreign keys of partitioned tables cannot
 * be NOT VALID, nor are the parts of one to such a table validated with it.)
 */
static char *
undo_drop_constraint(const GradualCommand *command, const char *name)
{
	static const char *const parts =
	"SELECT t.sql FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class r ON r.oid = c.conrelid"
	" LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.conindid AND i.indrelid = c.conrelid"
	" LEFT JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid,"
	" LATERAL (SELECT c.convalidated AND c.contype IN ('c', 'f', 'n') AND r.relkind = 'r' AS quick, %1$s AS name,"
	" pg_catalog.obj_description(c.oid, 'pg_constraint') AS comment, pg_catalog.obj_description(x.oid, 'pg_class') AS index_comment,"
	" CASE WHEN c.contype IN ('p', 'u') THEN COALESCE(' WITH (' || pg_catalog.array_to_string(x.reloptions, ', ') || ')', '')"
	" || COALESCE((SELECT ' USING INDEX TABLESPACE ' || pg_catalog.quote_ident(spcname) FROM pg_catalog.pg_tablespace WHERE oid = x.reltablespace), '') ELSE '' END AS options) q,"
	" LATERAL (VALUES (1, true, pg_catalog.format('ALTER TABLE %%1$s ADD CONSTRAINT %%2$I %%3$s%%4$s', q.name, c.conname,"
	" pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(c.oid), '((?: DEFERRABLE)?(?: INITIALLY DEFERRED)?)$', pg_catalog.replace(q.options, '\\', '\\\\') || '\\1'),"
	" CASE WHEN q.quick THEN ' NOT VALID' END)),"
	" (3, q.quick, 'COMMIT'),"
	" (4, q.quick, pg_catalog.format('ALTER TABLE %%s VALIDATE CONSTRAINT %%I', q.name, c.conname)),"
	" (5, q.quick AND EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conparentid = c.oid), pg_catalog.format('SELECT gradual.settle_foreign_key(%%L::pg_catalog.regclass, %%L)', q.name, c.conname)),"
	" (2, q.comment IS NOT NULL, pg_catalog.format('COMMENT ON CONSTRAINT %%I ON %%s IS %%L', c.conname, q.name, q.comment)),"
	" (2, q.index_comment IS NOT NULL, pg_catalog.format('COMMENT ON INDEX %%s IS %%L', x.oid::pg_catalog.regclass, q.index_comment)),"
	" (5, i.indisclustered, pg_catalog.format('ALTER TABLE %%s CLUSTER ON %%I', q.name, c.conname)),"
	" (6, i.indisreplident, pg_catalog.format('ALTER TABLE %%s REPLICA IDENTITY USING INDEX %%I', q.name, c.conname))"
	" UNION ALL %4$s)"
	" t (n, needed, sql) WHERE c.conrelid = %2$s AND c.conname = %3$s AND t.needed ORDER BY t.n";

	return psprintf(parts, quote_literal_cstr(command->table->qualified),
					regclass_of(command), quote_literal_cstr(name),
					constraints_of_partitions(command, name));
}

static void
set_undo_of_drop(GradualStep *step, const GradualCommand *command)
{
	const char *name = ((AlterTableCmd *) command->node)->name;
	const GradualConstraint *constraint = command->constraints == NIL ? NULL : linitial(command->constraints);
	GradualCommand about = *command;

	step->reversible = "if no row violates it";
	if (constraint != NULL && constraint->type == GRADUAL_CONSTRAINT_NOT_NULL)
	{
		about.column = linitial(constraint->columns);
		gradual_recipe_undo_not_null(step, &about, constraint->valid);
		return;
	}
	step->undo_query = psprintf("(%s) UNION ALL (%s)", undo_drop_constraint(command, name),
								gradual_violators_of_constraint(command->table, name,
																GRADUAL_UNDO_CHECK));
}

/* A key goes after the table's foreign key to itself that the same statement drops. */
static GradualPhase
after_own_reference(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->statement->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (other == command)
			break;
		if (other->drops_own_reference)
			return gradual_steps_latest(state, command->statement);
	}
	return GRADUAL_EXPAND;
}

/* Does the script itself add it, so late that it is validated last of all? */
static bool
is_validated_last(const GradualRecipeState *state, const GradualCommand *command,
				  const char *name)
{
	ListCell   *lc,
			   *lm,
			   *lk;

	foreach(lc, state->steps)
	{
		GradualStep *step = lfirst(lc);
		GradualStatement *statement;

		if (step->kind != GRADUAL_STEP_SCAN || step->phase != GRADUAL_TAIL || step->statement == 0)
			continue;
		statement = list_nth(state->script->statements, step->statement - 1);
		foreach(lm, statement->commands)
		{
			GradualCommand *other = lfirst(lm);

			foreach(lk, other->table == command->table ? other->constraints : NIL)
			{
				if (strcmp(((GradualConstraint *) lfirst(lk))->name, name) == 0)
					return true;
			}
		}
	}
	return false;
}

void
gradual_recipe_drop_constraint(GradualRecipeState *state, GradualCommand *command)
{
	AlterTableCmd *cmd = (AlterTableCmd *) command->node;
	bool		changed = gradual_place_changed(state, command->table);

	/*
	 * Before an index that a later statement builds, so that a rollback drops
	 * that first: else a foreign key that comes back could hang on it.
	 */
	GradualPhase own = changed ? GRADUAL_INDEX : GRADUAL_EXPAND;
	bool		replaced = gradual_recipe_is_replaced(state, command, &own);
	GradualPhase walk = GRADUAL_EXPAND;
	bool		cascades = command->drop != NULL && command->drop->along != NULL;
	GradualStep *step;

	if (!replaced)
		walk = gradual_place_after_walk(state, command->table, cmd->name);
	own = Max(own, walk);
	if (cascades)
		own = GRADUAL_SWAP;
	if (is_validated_last(state, command, cmd->name))
		own = GRADUAL_TAIL;
	step = gradual_steps_plain(state, command,
							   Max(gradual_place_ddl(state, command, own),
								   after_own_reference(state, command)),
							   psprintf("ALTER TABLE %s DROP CONSTRAINT %s%s%s",
										command->table->qualified,
										cmd->missing_ok ? "IF EXISTS " : "",
										quote_identifier(cmd->name),
										cmd->behavior == DROP_CASCADE ? " CASCADE" : ""));

	step->action = psprintf("drop constraint %s", cmd->name);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	gradual_steps_lock_touched(step, command);
	gradual_steps_lock_dropped(step, command, AccessExclusiveLock);
	set_undo_of_drop(step, command);
	if (step->phase < GRADUAL_SWAP)
		step->note = "Rolling back adds it again, and fails while a row violates it; a unique constraint is then built under lock.";
	if (command->touches != NIL)
		gradual_steps_note(step, "A foreign key locks the table it refers to as well.");
	if (replaced)
		gradual_steps_note(step, "In the moment when the one that the script adds takes its place.");
	else if (walk > GRADUAL_EXPAND)
		gradual_steps_note(step, "After the last batch that goes by its index.");
	else if (changed)
		gradual_steps_note(step, "After the backfill, which may need its index.");
	if (step->phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	if (cascades)
		gradual_steps_note(step, psprintf("CASCADE takes along: %s. So only after complete: a rollback could not bring that back.",
										  command->drop->along));
}

/* Else a foreign key that comes back could find its tables as it must not refer to them. */
static void
undo_persistence(GradualStep *step, const GradualCommand *command)
{
	if (!gradual_steps_is(command, AT_SetLogged) && !gradual_steps_is(command, AT_SetUnLogged))
		return;
	if (step->phase >= GRADUAL_SWAP)
	{
		step->reversible = GRADUAL_UNTIL_COMPLETE;
		return;
	}
	step->reversible = "yes";
	step->undo_query = undo_option(command);
	gradual_steps_note(step, "So does a rollback.");
}

/* A form that holds its lock for as long as it works: small tables, or on request. */
void
gradual_recipe_blocking(GradualRecipeState *state, GradualCommand *command)
{
	GradualScript *script = state->script;
	const char *form;
	GradualStep *step;

	(void) gradual_recipe_find(command, &form);
	if (!script->allow_blocking &&
		(command->table == NULL || command->table->pages >= script->direct_pages))
		gradual_script_refuse(command->statement, form,
							  "It rewrites or copies the table while nobody can read or write it.",
							  "SET gradual.allow_blocking = on to run it anyway, at a time when the application can wait.");
	step = gradual_steps_plain(state, command,
							   gradual_place_work(gradual_place_ddl(state, command, GRADUAL_EXPAND)),
							   IsA(command->node, AlterTableCmd) ? NULL : command->statement->sql);
	step->action = asc_tolower(form, strlen(form));
	step->cost = "scan";
	step->reversible = "no";
	step->note = script->allow_blocking ?
		"Blocks for as long as it takes: gradual.allow_blocking is on." :
		"Blocks for as long as it takes, on a small table.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	undo_persistence(step, command);
}
