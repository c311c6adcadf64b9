/*
 * unique.c
 *	  UNIQUE and PRIMARY KEY; and constraints that take the place of others.
 *
 * Invariant: no index is built under a lock that keeps the application waiting.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "base/texts.h"
#include "recipe/constrain.h"
#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/undo_index.h"
#include "recipe/unique.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "unique.c must stay pure"
#endif

static const char *
schema_in(const GradualConstraint *constraint, GradualPhase phase)
{
	return phase < GRADUAL_SWAP ? constraint->schema_before : constraint->schema;
}

/* The index under a name of ours, which nothing in the script can be about. */
static GradualStep *
build_index(GradualRecipeState *state, GradualCommand *command,
			const GradualConstraint *constraint, GradualPhase phase)
{
	const char *name = quote_identifier(gradual_ident_index(state->migration, ++state->interim));
	GradualStep *step = gradual_steps_index(state, command, phase, command->table,
											psprintf("%s.%s", schema_in(constraint, phase), name),
											psprintf("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s %s",
													 name, command->table->qualified,
													 gradual_constrain_spelled(constraint, phase)->index_method));

	step->action = psprintf("build index of %s", constraint->name);
	step->check = gradual_constrain_spelled(constraint, phase)->violators;
	step->note = "Concurrently: the constraint itself would block everybody for as long as the build takes. An invalid leftover of a failed build is dropped and built again. Rows with the same key make the migration fail, with their number and some of them: repair them, then start it again.";
	if (constraint->deferrability[0] != '\0')
		gradual_steps_note(step, "Until it becomes the constraint's it is checked at once, not deferred.");
	if (gradual_place_changed(state, command->table))
		gradual_steps_note(step, "After the backfill of the table, which is cheaper without it.");
	return step;
}

/*
 * NOT NULL of the columns that lack it, each by its proof, which has no need of
 * the constraint's name: one that the script drops can have it meanwhile.
 */
static void
require_columns(GradualRecipeState *state, const GradualCommand *command,
				const GradualConstraint *constraint)
{
	List	   *late = state->late;
	ListCell   *lc;

	state->late = gradual_place_but_drops(state, command->table);
	foreach(lc, constraint->nullable)
	{
		GradualCommand *about = palloc(sizeof(GradualCommand));

		*about = *command;
		about->column = lfirst(lc);
		gradual_recipe_prove_not_null(state, about);
	}
	state->late = late;
}

/* Is a column that the script adds NOT NULL only after the swap has begun? */
static bool
is_required_late(const GradualCommand *command, const char *name)
{
	GradualColumn *column = gradual_steps_added_column(command, name);

	return column != NULL && column->not_null && column->generated == NULL &&
		(column->default_expr == NULL || column->default_volatile);
}

/* The phase in which it is there, unless something else delays it. */
static GradualPhase
own_phase(const GradualCommand *command, const GradualConstraint *constraint)
{
	ListCell   *lc;
	bool		partitioned = command->table->relkind == RELKIND_PARTITIONED_TABLE;
	bool		late = constraint->nullable != NIL;

	foreach(lc, constraint->columns)
		late |= is_required_late(command, lfirst(lc));
	if (constraint->type == CONSTRAINT_PRIMARY && late)
		return partitioned ? GRADUAL_TAIL : GRADUAL_SWAP;
	return partitioned && constraint->index_method != NULL ? GRADUAL_INDEX : GRADUAL_VERIFY;
}

/*
 * Does one command take away a primary key of the other's table, or perhaps with a
 * column?  Where the other is about a column of that key, with another column of it.
 */
static bool
takes_primary(const GradualCommand *command, const GradualCommand *other)
{
	bool		allows_null = gradual_steps_is(other, AT_DropColumn) ||
	gradual_steps_is(other, AT_DropNotNull);

	if (command->table != other->table || command->noop)
		return false;
	if (gradual_steps_is(command, AT_DropColumn))
		return command->frees != NIL &&
			(!allows_null || (command->column_shared && strcmp(command->column, other->column) != 0));
	return gradual_steps_is(command, AT_DropConstraint) && command->constraints != NIL &&
		((GradualConstraint *) linitial(command->constraints))->type == CONSTRAINT_PRIMARY;
}

GradualPhase
gradual_recipe_after_primary(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualPhase phase = GRADUAL_EXPAND;
	ListCell   *lc,
			   *lm;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		foreach(lm, late->statement->commands)
		{
			if (takes_primary(lfirst(lm), command))
				phase = Max(phase, late->phase);
		}
	}
	foreach(lc, command->statement->commands)
	{
		if (lfirst(lc) != command && takes_primary(lfirst(lc), command))
			phase = Max(phase, gradual_steps_latest(state, command->statement));
	}
	return phase;
}

/* The phase in which the constraint is there. */
static GradualPhase
key_phase(const GradualRecipeState *state, const GradualCommand *command,
		  const GradualConstraint *constraint)
{
	GradualPhase phase = gradual_constrain_phase(state, command, constraint,
												 own_phase(command, constraint));

	return constraint->type != CONSTRAINT_PRIMARY ? phase :
		Max(phase, gradual_recipe_after_primary(state, command));
}

/* The index has a name of ours: one that the script drops can stay until it is there. */
static GradualPhase
phase_of_index(const GradualRecipeState *state, const GradualCommand *command,
			   const GradualConstraint *constraint)
{
	GradualRecipeState beside = *state;

	beside.late = gradual_place_but_drops(state, command->table);
	return gradual_place_work(gradual_constrain_phase_beside(&beside, command, constraint,
															 GRADUAL_INDEX));
}

static char *
with_index_text(const GradualCommand *command, const GradualConstraint *constraint,
				const char *index)
{
	return psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s%s",
					command->table->qualified, quote_identifier(constraint->name),
					constraint->type == CONSTRAINT_PRIMARY ? "PRIMARY KEY" : "UNIQUE",
					index, constraint->deferrability);
}

static void
add_key(GradualRecipeState *state, GradualCommand *command, const GradualConstraint *constraint)
{
	GradualPhase index_phase = phase_of_index(state, command, constraint);
	GradualPhase phase = Max(index_phase, key_phase(state, command, constraint));
	GradualStep *build = build_index(state, command, constraint, index_phase);
	char	   *index = gradual_names_unqualified(build->index);
	GradualStep *step;

	require_columns(state, command, constraint);
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	gradual_steps_command(step, with_index_text(command, constraint, quote_identifier(index)));
	build->taken_by = step;		/* an index goes with its constraint */
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = list_make1(gradual_constrain_drop(command, constraint));
	step->note = "A change of the catalog: the index is there, and takes the constraint's name.";
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	if (constraint->nullable != NIL)
		gradual_steps_note(step, "Only after complete, as the NOT NULL of its columns.");
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
}

/*
 * USING INDEX is not for partitioned tables: a shell of the constraint first,
 * and then each partition gets its index, its constraint, and is attached.
 */
static void
add_partitioned_key(GradualRecipeState *state, GradualCommand *command,
					const GradualConstraint *constraint)
{
	const char *name = quote_identifier(constraint->name);
	GradualPhase phase = gradual_place_work(key_phase(state, command, constraint));
	GradualStep *step;

	require_columns(state, command, constraint);
	step = gradual_steps_index(state, command, phase, command->table,
							   psprintf("%s.%s", schema_in(constraint, phase), name),
							   psprintf("ALTER TABLE ONLY %s ADD CONSTRAINT %s %s",
										command->table->qualified, name,
										gradual_constrain_spelled(constraint, phase)->definition));
	step->action = psprintf("add constraint %s", constraint->name);
	step->check = gradual_constrain_spelled(constraint, phase)->violators;
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->lock_mode = "ACCESS EXCLUSIVE";
	step->blocks = pstrdup(gradual_steps_blocks(AccessExclusiveLock));
	step->note = "On the parent only, then each partition: its index concurrently, the constraint with it, and attached; everybody waits for an instant at each of these. Rows with the same key make the migration fail, with their number and some of them: repair them, then start it again.";
	if (phase == GRADUAL_TAIL)
		gradual_steps_note(step, "Only after complete, after the NOT NULL of its columns.");
}

/* The step that builds the index which the constraint takes; NULL = it was there. */
static GradualStep *
find_build(const GradualRecipeState *state, const GradualCommand *command, const char *index)
{
	GradualStep *build = NULL;
	ListCell   *lc;

	foreach(lc, state->steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->kind == GRADUAL_STEP_INDEX &&
			strcmp(step->target, command->table->qualified) == 0 &&
			strcmp(gradual_names_unqualified(step->index), index) == 0)
			build = step;
	}
	return build;
}

/* An index of the user, with its name: for an undo it is made anew. */
static void
add_with_index(GradualRecipeState *state, GradualCommand *command,
			   const GradualConstraint *constraint)
{
	Constraint *written = (Constraint *) ((AlterTableCmd *) command->node)->def;
	const char *name = quote_identifier(written->indexname);
	GradualPhase phase = key_phase(state, command, constraint);
	GradualStep *build = find_build(state, command, written->indexname);
	GradualStep *step;

	require_columns(state, command, constraint);
	step = gradual_steps_plain(state, command, phase,
							   with_index_text(command, constraint, name));
	step->action = psprintf("add constraint %s", constraint->name);
	step->note = "A change of the catalog: the index takes the constraint's name.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (phase >= GRADUAL_SWAP)
	{
		step->reversible = GRADUAL_UNTIL_COMPLETE;
		return;
	}
	if (!constraint->index_is_new)
	{
		char	   *index = psprintf("%s%s", gradual_names_schema_prefix(command->table->qualified),
									 name);

		step->undo_query = psprintf("(SELECT %s) UNION ALL (%s)",
									quote_literal_cstr(gradual_constrain_drop(command, constraint)),
									gradual_undo_index(index, command->table->qualified, false));
		gradual_steps_note(step, "Rolling back drops the index with the constraint, and builds it again under lock.");
	}
	else
	{
		step->undo = list_make1(gradual_constrain_drop(command, constraint));
		if (build != NULL)
			build->taken_by = step;
	}
}

void
gradual_unique_add(GradualRecipeState *state, GradualCommand *command,
				   const GradualConstraint *constraint)
{
	const char *form = constraint->type == CONSTRAINT_PRIMARY ? "ADD PRIMARY KEY" : "ADD UNIQUE";

	if (constraint->takes_index)
		add_with_index(state, command, constraint);
	else if (command->table->relkind != RELKIND_PARTITIONED_TABLE)
		add_key(state, command, constraint);
	else if (gradual_constrain_is_shown(command) && !gradual_steps_is_only(command))
		add_partitioned_key(state, command, constraint);
	else
		gradual_script_refuse(command->statement, form,
							  "On a partitioned table it has to be put together from the constraints of its partitions.",
							  "Leave ONLY out, and give its indexes their parameters when they are there.");
}

/* --- one in place of another --- */

static bool
is_same_reference(const GradualConstraint *constraint, const GradualConstraint *other)
{
	ListCell   *lc;

	if (constraint->type != CONSTRAINT_FOREIGN || other->type != CONSTRAINT_FOREIGN ||
		constraint->referenced != other->referenced ||
		list_length(constraint->columns) != list_length(other->columns))
		return false;
	foreach(lc, constraint->columns)
	{
		if (!gradual_texts_have(other->columns, lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * Does one take the place of the other: of the same name, as the primary key, or as
 * the foreign key of the same columns?
 */
static bool
replaces(const GradualConstraint *constraint, const GradualConstraint *other)
{
	return strcmp(constraint->name, other->name) == 0 ||
		(constraint->type == CONSTRAINT_PRIMARY && other->type == CONSTRAINT_PRIMARY) ||
		is_same_reference(constraint, other);
}

static bool
adds_constraints(const GradualCommand *command)
{
	return gradual_steps_is(command, AT_AddConstraint) ||
		gradual_steps_is(command, AT_AddColumn);
}

static const GradualConstraint *
replacement(const GradualCommand *command, const GradualCommand *drop)
{
	ListCell   *lc;

	if (command->table != drop->table || !adds_constraints(command))
		return NULL;
	foreach(lc, command->constraints)
	{
		if (replaces(lfirst(lc), linitial(drop->constraints)))
			return lfirst(lc);
	}
	return NULL;
}

static bool
is_key(const GradualConstraint *constraint)
{
	return constraint->type == CONSTRAINT_PRIMARY || constraint->type == CONSTRAINT_UNIQUE;
}

/* The key that the command adds or drops; or NULL. */
static const GradualConstraint *
find_key(const GradualCommand *command)
{
	ListCell   *lc;

	if (!adds_constraints(command) && !gradual_steps_is(command, AT_DropConstraint))
		return NULL;
	foreach(lc, command->constraints)
	{
		if (is_key(lfirst(lc)))
			return lfirst(lc);
	}
	return NULL;
}

/* Does a statement between two change rows, for which a constraint may have to go? */
static bool
changes_rows_between(const GradualScript *script, const GradualCommand *first,
					 const GradualCommand *last)
{
	ListCell   *lc;

	foreach(lc, script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->number <= first->statement->number ||
			statement->number >= last->statement->number || statement->dropped)
			continue;
		switch (nodeTag(statement->node))
		{
			case T_AlterSeqStmt:
			case T_AlterTableStmt:
			case T_CommentStmt:
			case T_CreateStmt:
			case T_DropStmt:
			case T_GrantStmt:
			case T_IndexStmt:
			case T_RenameStmt:
				break;
			default:
				return true;
		}
	}
	return false;
}

/* Does a key that is added take the place of one that is there until the swap? */
static bool
takes_place_in_swap(const GradualRecipeState *state, const GradualCommand *add)
{
	GradualPhase phase;
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *drop = lfirst(lc);

		if (gradual_steps_is(drop, AT_DropConstraint) && find_key(drop) != NULL &&
			drop->statement->number <= add->statement->number &&
			replacement(add, drop) != NULL &&
			gradual_recipe_is_replaced(state, drop, &phase) && phase >= GRADUAL_SWAP)
			return true;
	}
	return false;
}

/* Is a key of the table exchanged in the swap between two statements, or with one of them? */
static bool
exchanges_key_between(const GradualRecipeState *state, const GradualTable *table,
					  const GradualCommand *first, const GradualCommand *last)
{
	GradualPhase phase;
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *command = lfirst(lc);
		const GradualConstraint *key;

		if (command->table != table ||
			command->statement->number < first->statement->number ||
			command->statement->number > last->statement->number)
			continue;
		key = find_key(command);
		if (key == NULL)
			continue;
		if (adds_constraints(command) ?
			own_phase(command, key) >= GRADUAL_SWAP || takes_place_in_swap(state, command) :
			gradual_recipe_is_replaced(state, command, &phase) && phase >= GRADUAL_SWAP)
			return true;
	}
	return false;
}

/*
 * Does an end of the foreign key get another type between two statements, or with
 * one of them?  Then it cannot be there again before the swap.
 */
static bool
retypes_end_between(const GradualRecipeState *state, const GradualConstraint *constraint,
					const GradualCommand *first, const GradualCommand *last)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->retype != NULL && command->retype->shadow != NULL &&
			command->statement->number >= first->statement->number &&
			command->statement->number <= last->statement->number &&
			(command->table == constraint->referenced ||
			 (command->table == last->table &&
			  gradual_texts_have(constraint->columns, command->column))))
			return true;
	}
	return false;
}

/*
 * Only the steps of the swap are sure to be one transaction, whatever is
 * between them: there a constraint is away for nobody.
 */
static bool
is_exchanged_in_swap(const GradualRecipeState *state, const GradualCommand *drop,
					 const GradualCommand *add, const GradualConstraint *constraint)
{
	if (changes_rows_between(state->script, drop, add))
		return false;
	if (constraint->type == CONSTRAINT_FOREIGN)
		return exchanges_key_between(state, constraint->referenced, drop, add) ||
			retypes_end_between(state, constraint, drop, add);
	return is_key(constraint) && drop->table->relkind != RELKIND_PARTITIONED_TABLE &&
		add->statement->number > drop->statement->number + 1;
}

bool
gradual_recipe_is_replaced(const GradualRecipeState *state, const GradualCommand *drop,
						   GradualPhase *phase)
{
	ListCell   *lc;

	if (drop->constraints == NIL || GRADUAL_TABLE_AT_ONCE(drop->table))
		return false;
	foreach(lc, state->commands)
	{
		GradualCommand *command = lfirst(lc);
		const GradualConstraint *constraint = replacement(command, drop);

		if (constraint == NULL || command->statement->number < drop->statement->number)
			continue;
		*phase = is_exchanged_in_swap(state, drop, command, constraint) ? GRADUAL_SWAP :
			Min(own_phase(command, constraint), GRADUAL_SWAP);
		return true;
	}
	return false;
}
