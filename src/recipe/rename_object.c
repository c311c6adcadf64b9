/*
 * rename_object.c
 *	  RENAME and SET SCHEMA of what is not a relation: types, their labels and
 *	  attributes, functions, schemas and the like.
 *
 * There is no way to have two names for such a thing, so the old one holds until
 * the swap, where the statement runs as written.  Functions and views refer to
 * types by what they are; only bodies that are strings name them.
 */
#include "postgres.h"

#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "rename_object.c must stay pure"
#endif

/* 'ALTER MATERIALIZED VIEW' -> 'materialized view' */
static char *
kind(const GradualStatement *statement)
{
	const char *tag = statement->tag;

	if (strncmp(tag, "ALTER ", strlen("ALTER ")) == 0)
		tag += strlen("ALTER ");
	return asc_tolower(tag, strlen(tag));
}

/* The object as written, quoted. */
static char *
target(const GradualStatement *statement)
{
	Node	   *node = statement->node;
	Node	   *object;

	if (IsA(node, AlterEnumStmt))
		return gradual_names_quoted(((AlterEnumStmt *) node)->typeName);
	if (IsA(node, RenameStmt) && ((RenameStmt *) node)->relation != NULL)
		return gradual_names_range(((RenameStmt *) node)->relation);
	object = IsA(node, RenameStmt) ? ((RenameStmt *) node)->object :
		((AlterObjectSchemaStmt *) node)->object;
	if (object == NULL)
		return pstrdup(quote_identifier(((RenameStmt *) node)->subname));
	return gradual_names_quoted(gradual_names_of_object(object));
}

static bool
is_part(const GradualStatement *statement)
{
	return IsA(statement->node, RenameStmt) &&
		gradual_names_is_part(((RenameStmt *) statement->node)->renameType);
}

static char *
action(const GradualStatement *statement, const char *object)
{
	Node	   *node = statement->node;
	RenameStmt *rename = (RenameStmt *) node;

	if (IsA(node, AlterEnumStmt))
		return psprintf("rename value %s to %s", ((AlterEnumStmt *) node)->oldVal,
						((AlterEnumStmt *) node)->newVal);
	if (IsA(node, AlterObjectSchemaStmt))
		return psprintf("move %s %s to schema %s", kind(statement), object,
						((AlterObjectSchemaStmt *) node)->newschema);
	if (rename->renameType == OBJECT_ATTRIBUTE)
		return psprintf("rename attribute %s to %s", rename->subname, rename->newname);
	if (rename->renameType == OBJECT_DOMCONSTRAINT)
		return psprintf("rename constraint %s to %s", rename->subname, rename->newname);
	if (rename->renameType == OBJECT_SCHEMA)
		return psprintf("rename schema %s to %s", rename->subname, rename->newname);
	if (is_part(statement))
		return psprintf("rename %s %s to %s", kind(statement), rename->subname, rename->newname);
	return psprintf("rename %s %s to %s", kind(statement), object, rename->newname);
}

/* Nobody names these but DDL. */
static bool
is_compatible(const GradualStatement *statement)
{
	return is_part(statement) ||
		(IsA(statement->node, RenameStmt) &&
		 ((RenameStmt *) statement->node)->renameType == OBJECT_DOMCONSTRAINT);
}

static const char *
hazard(const GradualStatement *statement)
{
	Node	   *node = statement->node;

	if (IsA(node, AlterEnumStmt))
		return "In the swap: until then the application reads and writes the old label.";
	if (IsA(node, RenameStmt) && ((RenameStmt *) node)->renameType == OBJECT_SCHEMA)
		return "In the swap: all that the schema holds has its old name until then. A search_path that names it has to be changed by hand.";
	return "In the swap: the running application may use the old name until then. A function whose body is a string and names it fails from then on, as after the plain statement.";
}

static char *
undo(const GradualCommand *command, const char *object)
{
	RenameStmt *rename = (RenameStmt *) command->statement->node;

	if (rename->renameType == OBJECT_DOMCONSTRAINT)
		return psprintf("ALTER DOMAIN %s RENAME CONSTRAINT %s TO %s", object,
						quote_identifier(rename->newname), quote_identifier(rename->subname));
	return psprintf("ALTER %s %s ON %s RENAME TO %s", kind(command->statement),
					quote_identifier(rename->newname), object,
					quote_identifier(rename->subname));
}

/* All tables of a schema get their names by the step that renames it. */
static void
name_tables(const GradualScript *script, const GradualStatement *statement, GradualStep *step)
{
	ListCell   *lc,
			   *ln;

	foreach(lc, script->tables)
	{
		foreach(ln, ((GradualTable *) lfirst(lc))->namings)
		{
			GradualNaming *naming = lfirst(ln);

			if (naming->statement == statement->number)
				naming->step = step;
		}
	}
}

/* Of the whole server, not of this database. */
static void
refuse_shared(const GradualStatement *statement)
{
	switch (IsA(statement->node, RenameStmt) ? ((RenameStmt *) statement->node)->renameType :
			OBJECT_TYPE)
	{
		case OBJECT_ROLE:
		case OBJECT_DATABASE:
		case OBJECT_TABLESPACE:
			gradual_script_refuse(statement, psprintf("%s .. RENAME", statement->tag),
								  "It belongs to the whole server, and other databases know it by its name.",
								  "Run it by hand.");
			break;
		default:
			break;
	}
}

void
gradual_recipe_rename_object(GradualRecipeState *state, GradualCommand *command)
{
	GradualStatement *statement = command->statement;
	bool		early = is_compatible(statement);
	GradualPhase phase;
	GradualStep *step;

	refuse_shared(statement);
	phase = gradual_place_ddl(state, command, early ? GRADUAL_EXPAND : GRADUAL_SWAP);
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	gradual_steps_command(step, statement->sql);
	step->action = action(statement, target(statement));
	if (command->table == NULL)
		step->target = target(statement);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	name_tables(state->script, statement, step);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	if (!early)
		step->note = pstrdup(hazard(statement));
	else if (command->table == NULL || !command->table->created)
		step->undo = list_make1(undo(command, step->target));
}
