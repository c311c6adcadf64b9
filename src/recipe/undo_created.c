/*
 * undo_created.c
 *	  What undoes a change of a table or type that the script itself creates.
 *
 * It is dropped by the rollback, and what was done to it goes with it.  But a
 * rollback goes backwards: what the script made between the two, and then used in
 * it (a type, a function, the sequence of a default, the table of a foreign key), is
 * dropped before the table or type, which has to let go of it first.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "recipe/names.h"
#include "recipe/need.h"
#include "recipe/undo_created.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "undo_created.c must stay pure"
#endif

/* Can a column, a default or a constraint depend on what the statement makes? */
static bool
makes_dependable(const GradualStatement *statement)
{
	switch (nodeTag(statement->node))
	{
		case T_CreateStmt:
		case T_CreateFunctionStmt:
		case T_CreateSeqStmt:
		case T_CreateEnumStmt:
		case T_CreateDomainStmt:
		case T_CreateRangeStmt:
		case T_CompositeTypeStmt:
		case T_DefineStmt:
			return true;
		default:
			return false;
	}
}

/* Does the command use any of those that the script has made before it? */
static bool
uses_created(const GradualScript *script, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, script->statements)
	{
		GradualStatement *before = lfirst(lc);

		if (before == command->statement)
			break;
		if (makes_dependable(before) &&
			gradual_names_any_mentioned(command->statement->sql, gradual_names_defined(before)))
			return true;
	}
	return false;
}

/* What lets go of it; NULL = there is nothing to let go */
static char *
let_go(const AlterTableCmd *cmd)
{
	switch (cmd->subtype)
	{
		case AT_AddColumn:
			return psprintf("DROP COLUMN IF EXISTS %s",
							quote_identifier(castNode(ColumnDef, cmd->def)->colname));
		case AT_AlterColumnType:
			return psprintf("DROP COLUMN IF EXISTS %s", quote_identifier(cmd->name));
		case AT_ColumnDefault:
			return cmd->def == NULL ? NULL :
				psprintf("ALTER COLUMN %s DROP DEFAULT", quote_identifier(cmd->name));
		default:
			return NULL;
	}
}

/* A child cannot let go of what it has of its parent, unless the script has taken it away. */
static char *
leave_parent(const char *table, const AlterTableCmd *cmd)
{
	static const char *const leave =
	GRADUAL_UNDO_ROWS
	"SELECT pg_catalog.format('ALTER TABLE %%s NO INHERIT %%s', i.inhrelid::pg_catalog.regclass, i.inhparent::pg_catalog.regclass)"
	" FROM pg_catalog.pg_inherits i WHERE i.inhrelid = pg_catalog.to_regclass(%s) AND i.inhparent = pg_catalog.to_regclass(%s)";

	return psprintf(leave, quote_literal_cstr(table),
					quote_literal_cstr(gradual_names_range(castNode(RangeVar, cmd->def))));
}

void
gradual_undo_created(GradualStep *step, const GradualRecipeState *state,
					 const GradualCommand *command)
{
	const char *table = command->table->qualified;
	ListCell   *lc;

	if (!uses_created(state->script, command))
		return;
	foreach(lc, ((AlterTableStmt *) command->statement->node)->cmds)
	{
		AlterTableCmd *cmd = lfirst(lc);
		char	   *action = let_go(cmd);

		if (action != NULL)
			step->undo = lcons(psprintf("ALTER TABLE %s %s", table, action), step->undo);
		if (cmd->subtype == AT_AddInherit)
			step->undo = lcons(leave_parent(table, cmd), step->undo);
	}
	foreach(lc, command->constraints)
	{
		GradualConstraint *constraint = lfirst(lc);

		step->undo = lcons(psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", table,
									quote_identifier(constraint->name)), step->undo);
	}
}

/* --- types --- */

static void
let_go_of_domain(GradualStep *step, const AlterDomainStmt *alter)
{
	static const char *const constraints =
	GRADUAL_UNDO_ROWS
	"SELECT pg_catalog.format('ALTER DOMAIN %%s DROP CONSTRAINT %%I', %1$L, k.conname) FROM pg_catalog.pg_constraint k"
	" WHERE k.contypid = pg_catalog.to_regtype(%1$L) AND k.conname <> ALL (%2$L::name[])";
	const char *name = quote_literal_cstr(gradual_names_quoted(alter->typeName));

	if (alter->subtype == 'C')
		step->undo_query = psprintf("SELECT pg_catalog.format(%s, %s, ARRAY(SELECT k.conname FROM pg_catalog.pg_constraint k WHERE k.contypid = pg_catalog.to_regtype(%s)))",
									quote_literal_cstr(constraints), name, name);
	if (alter->subtype == 'T')
		step->undo_query = psprintf("SELECT pg_catalog.concat('ALTER DOMAIN ', %s, coalesce(' SET DEFAULT ' || t.typdefault, ' DROP DEFAULT')) FROM pg_catalog.pg_type t WHERE t.oid = pg_catalog.to_regtype(%s)",
									name, name);
}

void
gradual_undo_created_type(GradualStep *step, const GradualCommand *command)
{
	const AlterTableStmt *alter = (const AlterTableStmt *) command->statement->node;
	ListCell   *lc;

	if (IsA(alter, AlterDomainStmt))
		let_go_of_domain(step, (const AlterDomainStmt *) alter);
	if (!IsA(alter, AlterTableStmt) || alter->objtype != OBJECT_TYPE)
		return;
	foreach(lc, alter->cmds)
	{
		const AlterTableCmd *cmd = lfirst(lc);

		if (cmd->subtype == AT_AddColumn)
			step->undo = lcons(psprintf("ALTER TYPE %s DROP ATTRIBUTE IF EXISTS %s",
										gradual_names_range(alter->relation),
										quote_identifier(castNode(ColumnDef, cmd->def)->colname)),
							   step->undo);
	}
}
