/*
 * constraint.c
 *	  Constraints: added, validated, altered.
 *
 * Invariant: no table is gone through, and no index built, under a lock that
 * keeps the application waiting.  A constraint comes after the changes of its
 * table's rows: from then on every write of a row that breaks it fails.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/spell.h"
#include "recipe/trigger.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "constraint.c must stay pure"
#endif

/* --- texts --- */

static char *
alter_table(const GradualCommand *command)
{
	AlterTableStmt *alter = (AlterTableStmt *) command->statement->node;

	return psprintf("ALTER TABLE %s%s", alter->relation->inh ? "" : "ONLY ",
					command->table->qualified);
}

static char *
drop_text(const GradualCommand *command, const GradualConstraint *constraint)
{
	return psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
					command->table->qualified, quote_identifier(constraint->name));
}

/* Do the facts show all of it?  Parameters of an index are left out by the server. */
static bool
is_shown(const GradualCommand *command)
{
	Constraint *written = (Constraint *) ((AlterTableCmd *) command->node)->def;

	return !IsA(written, Constraint) ||
		(written->options == NIL && written->indexspace == NULL && written->indexname == NULL);
}

/* With the names that its columns have in a phase. */
static const GradualConstraint *
spelled(const GradualConstraint *constraint, GradualPhase phase)
{
	return phase < GRADUAL_SWAP && constraint->physical != NULL ? constraint->physical :
		constraint;
}

/* As it stands; NULL where its facts do not show all of it. */
static char *
whole_text(const GradualCommand *command, const GradualConstraint *constraint)
{
	if (!is_shown(command))
		return NULL;
	return psprintf("%s ADD CONSTRAINT %s %s%s", alter_table(command),
					quote_identifier(constraint->name), constraint->definition,
					constraint->valid ? "" : " NOT VALID");
}

/* --- phases --- */

/* Are rows that the application adds meanwhile filled by nothing before prepare? */
static bool
is_chased(const GradualRecipeState *state, const GradualCommand *command, const char *name)
{
	GradualColumn *column = gradual_steps_added_column(command, name);
	GradualChange *change = NULL;

	return column != NULL && column->filled &&
		gradual_trigger_assignment(state, command->table, column, &change) == NULL;
}

/* Does an earlier statement give the referenced table its key late? */
static GradualPhase
after_key_of(const GradualRecipeState *state, const GradualTable *referenced, GradualPhase phase)
{
	ListCell   *lc,
			   *lm;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		foreach(lm, late->statement->commands)
		{
			GradualCommand *command = lfirst(lm);

			if (command->table == referenced &&
				(command->constraints != NIL || IsA(command->node, IndexStmt)))
				phase = Max(phase, late->phase);
		}
	}
	return phase;
}

/* A name that the server chooses stands nowhere in the statement. */
static GradualPhase
after_name(const GradualRecipeState *state, const char *name)
{
	GradualPhase phase = GRADUAL_EXPAND;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (gradual_steps_has(late->names, name))
			phase = Max(phase, late->phase);
	}
	return phase;
}

/* Does an earlier part of the same statement change what the constraint is about? */
static bool
is_prepared(const GradualCommand *command, const GradualConstraint *constraint)
{
	ListCell   *lc;

	foreach(lc, command->statement->commands)
	{
		GradualCommand *other = lfirst(lc);
		AlterTableType type = ((AlterTableCmd *) other->node)->subtype;

		if (other == command)
			break;
		if (other->column != NULL && gradual_steps_has(constraint->columns, other->column) &&
			(type == AT_AlterColumnType ||
			 (type == AT_SetNotNull && constraint->type == CONSTRAINT_PRIMARY)))
			return true;
	}
	return false;
}

/* After whatever earlier statements do to its columns. */
static GradualPhase
constraint_phase(const GradualRecipeState *state, const GradualCommand *command,
				 const GradualConstraint *constraint, GradualPhase own)
{
	GradualPhase phase = gradual_place_ddl(state, command, own);
	GradualCommand about = *command;
	ListCell   *lc;

	foreach(lc, constraint->columns)
	{
		about.column = lfirst(lc);
		phase = Max(phase, gradual_place_column(state, &about, own));
		if (is_chased(state, command, about.column))
			phase = Max(phase, GRADUAL_PREPARE);
	}
	if (constraint->referenced != NULL)
		phase = after_key_of(state, constraint->referenced, phase);
	if (is_prepared(command, constraint))
		phase = Max(phase, gradual_steps_latest(state, command->statement));
	return Max(phase, after_name(state, constraint->name));
}

/* --- under lock --- */

/* On a table without rows, or NOT VALID: an instant. */
static GradualStep *
add_as_it_stands(GradualRecipeState *state, GradualCommand *command,
				 const GradualConstraint *constraint, GradualPhase own)
{
	GradualPhase phase = constraint_phase(state, command, constraint, own);
	const GradualConstraint *spelling = spelled(constraint, phase);
	char	   *sql = whole_text(command, spelling);
	bool		renamed = spelling != constraint ||
	list_length(gradual_spell_names(command->table)) > 1;
	GradualStep *step;

	/*
	 * what the statement as it stands would mean by another name is written
	 * out
	 */
	if (renamed && sql != NULL)
	{
		step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
		gradual_steps_command(step, sql);
	}
	else
		step = gradual_steps_plain(state, command, phase, sql);
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = list_make1(drop_text(command, constraint));
	gradual_steps_lock(step, command->table,
					   constraint->type == CONSTRAINT_FOREIGN ? ShareRowExclusiveLock :
					   AccessExclusiveLock);
	gradual_steps_lock_touched(step, command);
	if (step->phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	return step;
}

/* What has no other way: small tables, or on request. */
static void
add_under_lock(GradualRecipeState *state, GradualCommand *command,
			   const GradualConstraint *constraint, const char *form, const char *why,
			   const char *hint)
{
	GradualScript *script = state->script;
	GradualStep *step;

	if (!script->allow_blocking && command->table->pages >= script->direct_pages)
		gradual_script_refuse(command->statement, form, why, hint);
	step = add_as_it_stands(state, command, constraint, GRADUAL_VERIFY);
	step->phase = gradual_place_work(step->phase);
	step->cost = "scan";
	step->note = script->allow_blocking ?
		"Blocks for as long as it takes: gradual.allow_blocking is on." :
		"Blocks for as long as it takes, on a small table.";
}

/* --- CHECK and FOREIGN KEY --- */

static void
note_enforcement(GradualStep *step, const GradualConstraint *constraint)
{
	gradual_steps_note(step, constraint->type == CONSTRAINT_FOREIGN ?
					   "From here on a write that refers to a missing row fails, in the running application too." :
					   "From here on a write of a row that violates it fails, in the running application too.");
}

static void
add_not_valid(GradualRecipeState *state, GradualCommand *command,
			  const GradualConstraint *constraint, GradualPhase phase)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	gradual_steps_command(step, psprintf("%s ADD CONSTRAINT %s %s NOT VALID", alter_table(command),
										 quote_identifier(constraint->name),
										 spelled(constraint, phase)->definition));
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = list_make1(drop_text(command, constraint));
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "Without looking at the rows that are there, which would go through the table under lock.";
	note_enforcement(step, constraint);
	if (gradual_place_changed(state, command->table))
		gradual_steps_note(step, "After the backfill of the table.");
	if (constraint->type != CONSTRAINT_FOREIGN)
	{
		gradual_steps_lock(step, command->table, AccessExclusiveLock);
		return;
	}
	gradual_steps_lock(step, command->table, ShareRowExclusiveLock);
	gradual_steps_lock(step, constraint->referenced, ShareRowExclusiveLock);
	if (constraint->referenced != command->table)
		gradual_steps_note(step, psprintf("Writers of %s wait as well, for an instant.",
										  constraint->referenced->qualified));
}

/* On the command's table, or on a partition of it. */
static GradualStep *
validate(GradualRecipeState *state, GradualCommand *command,
		 const GradualConstraint *constraint, GradualPhase phase, char *table)
{
	GradualStep *step = gradual_steps_validate(state, command, gradual_place_work(phase), table,
											   quote_identifier(constraint->name));

	step->action = psprintf("validate constraint %s", constraint->name);
	step->check = spelled(constraint, step->phase)->violators;
	step->note = "Scans the table while everybody goes on reading and writing; waits its turn with autovacuum and index builds.";
	gradual_steps_lock_name(step, table, ShareUpdateExclusiveLock);
	gradual_steps_lock(step, constraint->referenced, RowShareLock);
	return step;
}

static void
add_scanned(GradualRecipeState *state, GradualCommand *command,
			const GradualConstraint *constraint)
{
	GradualPhase phase = constraint_phase(state, command, constraint, GRADUAL_VERIFY);
	GradualStep *step;

	add_not_valid(state, command, constraint, phase);
	step = validate(state, command, constraint, phase, command->table->qualified);
	if (step->phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	if (constraint->has_parts)
	{
		gradual_steps_command(step, psprintf("SELECT gradual.settle_foreign_key(%s::pg_catalog.regclass, %s)",
											 quote_literal_cstr(command->table->qualified),
											 quote_literal_cstr(constraint->name)));
		gradual_steps_note(step, "Before PostgreSQL 18 VALIDATE leaves the parts of a foreign key to a partitioned table as they were; they are marked valid with it.");
	}
	if (constraint->violators != NULL)
		gradual_steps_note(step, "Rows that violate it make the migration fail, with their number and some of their keys: repair them, then start it again.");
}

/* The same constraint on one partition: NOT VALID, and then validated. */
static void
add_to_partition(GradualRecipeState *state, GradualCommand *command,
				 const GradualConstraint *constraint, GradualPhase phase, char *partition)
{
	const char *name = quote_identifier(constraint->name);
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s NOT VALID",
										 partition, name, spelled(constraint, phase)->definition));
	step->target = partition;
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = list_make1(psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", partition, name));
	step->note = "Before PostgreSQL 18 a foreign key of a partitioned table cannot be NOT VALID: so each partition gets it first, without looking at its rows.";
	note_enforcement(step, constraint);
	gradual_steps_lock_name(step, partition, ShareRowExclusiveLock);
	gradual_steps_lock(step, constraint->referenced, ShareRowExclusiveLock);

	(void) validate(state, command, constraint, phase, partition);
}

static void
add_partition_by_partition(GradualRecipeState *state, GradualCommand *command,
						   const GradualConstraint *constraint)
{
	GradualPhase phase = gradual_place_work(constraint_phase(state, command, constraint,
															 GRADUAL_VERIFY));
	int			first = list_length(state->steps);
	GradualStep *step;
	ListCell   *lc;

	foreach(lc, constraint->leaves)
		add_to_partition(state, command, constraint, phase, lfirst(lc));
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s",
										 command->table->qualified,
										 quote_identifier(constraint->name),
										 spelled(constraint, phase)->definition));
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = list_make1(drop_text(command, constraint));
	step->note = "Takes over the constraints of the partitions, so no row is looked at; their triggers go, for which everybody waits for an instant.";
	gradual_steps_lock(step, command->table, ShareRowExclusiveLock);
	gradual_steps_lock(step, constraint->referenced, AccessExclusiveLock);
	for (int i = first; phase >= GRADUAL_SWAP && i < list_length(state->steps); i++)
		((GradualStep *) list_nth(state->steps, i))->reversible = GRADUAL_UNTIL_COMPLETE;
}

/* A later statement of the script that writes rows must meet the constraint. */
static bool
is_written_later(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc,
			   *lm;

	foreach(lc, state->script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->number <= command->statement->number)
			continue;
		foreach(lm, statement->commands)
		{
			GradualCommand *later = lfirst(lm);

			if ((later->table == command->table || later->table == NULL) &&
				(IsA(statement->node, InsertStmt) || IsA(statement->node, UpdateStmt) ||
				 IsA(statement->node, MergeStmt) || IsA(statement->node, DoStmt)))
				return true;
		}
	}
	return false;
}

/*
 * Does the script fill a column that plain SQL fills without asking a CHECK which
 * is NOT VALID, perhaps later on: one of ours beside another, or one with a
 * default of its own for each row?  Our change of the row would ask it.
 */
static bool
is_asked(const GradualRecipeState *state, const GradualCommand *command,
		 const GradualConstraint *constraint)
{
	const GradualTable *table = command->table;
	ListCell   *lc;

	if (constraint->type != CONSTRAINT_CHECK || is_written_later(state, command))
		return false;
	foreach(lc, table->added)
	{
		GradualColumn *column = lfirst(lc);

		if (!column->existed && (column->default_volatile || column->sequence != NULL))
			return true;
	}
	return table->carried != NULL || table->bridges != NIL;
}

static void
add_check_or_foreign_key(GradualRecipeState *state, GradualCommand *command,
						 const GradualConstraint *constraint)
{
	bool		changed = gradual_place_changed(state, command->table) ||
	is_asked(state, command, constraint);
	GradualStep *step;

	if (constraint->valid && constraint->enforced)
	{
		if (!constraint->can_wait && constraint->leaves != NIL)
			add_partition_by_partition(state, command, constraint);
		else if (!constraint->can_wait)
			add_under_lock(state, command, constraint, "ADD FOREIGN KEY to a partitioned table",
						   "Before PostgreSQL 18 it cannot be NOT VALID, so all partitions would be gone through under lock.",
						   "Add it to each partition first: then it takes an instant. Or SET gradual.allow_blocking = on.");
		else
			add_scanned(state, command, constraint);
		return;
	}
	step = add_as_it_stands(state, command, constraint,
							changed ? GRADUAL_VERIFY : GRADUAL_EXPAND);
	if (constraint->enforced)
	{
		note_enforcement(step, constraint);
		if (changed)
			gradual_steps_note(step, "After the backfill of the table.");
	}
}

/* --- UNIQUE and PRIMARY KEY --- */

static const char *
schema_in(const GradualConstraint *constraint, GradualPhase phase)
{
	return phase < GRADUAL_SWAP ? constraint->schema_before : constraint->schema;
}

/* The index under a name of ours, which nothing in the script can be about. */
static char *
build_index(GradualRecipeState *state, GradualCommand *command,
			const GradualConstraint *constraint, GradualPhase phase)
{
	const char *name = quote_identifier(gradual_ident_index(state->migration, ++state->interim));
	GradualStep *step = gradual_steps_index(state, command, phase, command->table,
											psprintf("%s.%s", schema_in(constraint, phase), name),
											psprintf("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s %s",
													 name, command->table->qualified,
													 spelled(constraint, phase)->index_method));

	step->action = psprintf("build index of %s", constraint->name);
	step->check = spelled(constraint, phase)->violators;
	step->note = "Concurrently: the constraint itself would block everybody for as long as the build takes. An invalid leftover of a failed build is dropped and built again. Rows with the same key make the migration fail, with their number and some of them: repair them, then start it again.";
	if (constraint->deferrability[0] != '\0')
		gradual_steps_note(step, "Until it becomes the constraint's it is checked at once, not deferred.");
	if (gradual_place_changed(state, command->table))
		gradual_steps_note(step, "After the backfill of the table, which is cheaper without it.");
	return pstrdup(name);
}

/* NOT NULL of the columns that lack it, each by its proof. */
static void
require_columns(GradualRecipeState *state, const GradualCommand *command,
				const GradualConstraint *constraint)
{
	ListCell   *lc;

	foreach(lc, constraint->nullable)
	{
		GradualCommand *about = palloc(sizeof(GradualCommand));

		*about = *command;
		about->column = lfirst(lc);
		gradual_recipe_prove_not_null(state, about);
	}
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

/* The index has a name of ours: one that the script drops can stay until it is there. */
static GradualPhase
phase_of_index(const GradualRecipeState *state, const GradualCommand *command,
			   const GradualConstraint *constraint)
{
	GradualRecipeState beside = *state;

	beside.late = gradual_place_but_drops(state, command->table);
	return gradual_place_work(constraint_phase(&beside, command, constraint, GRADUAL_INDEX));
}

static void
add_key(GradualRecipeState *state, GradualCommand *command, const GradualConstraint *constraint)
{
	GradualPhase index_phase = phase_of_index(state, command, constraint);
	GradualPhase phase = Max(index_phase, constraint_phase(state, command, constraint,
														   own_phase(command, constraint)));
	char	   *index = build_index(state, command, constraint, index_phase);
	GradualStep *step;

	require_columns(state, command, constraint);
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s%s",
										 command->table->qualified,
										 quote_identifier(constraint->name),
										 constraint->type == CONSTRAINT_PRIMARY ? "PRIMARY KEY" : "UNIQUE",
										 index, constraint->deferrability));
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = list_make1(drop_text(command, constraint));
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
	GradualPhase own = own_phase(command, constraint);
	GradualPhase phase = gradual_place_work(constraint_phase(state, command, constraint, own));
	GradualStep *step;

	require_columns(state, command, constraint);
	step = gradual_steps_index(state, command, phase, command->table,
							   psprintf("%s.%s", schema_in(constraint, phase), name),
							   psprintf("ALTER TABLE ONLY %s ADD CONSTRAINT %s %s",
										command->table->qualified, name,
										spelled(constraint, phase)->definition));
	step->action = psprintf("add constraint %s", constraint->name);
	step->check = spelled(constraint, phase)->violators;
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->lock_mode = "ACCESS EXCLUSIVE";
	step->blocks = pstrdup(gradual_steps_blocks(AccessExclusiveLock));
	step->note = "On the parent only, then each partition: its index concurrently, the constraint with it, and attached; everybody waits for an instant at each of these. Rows with the same key make the migration fail, with their number and some of them: repair them, then start it again.";
	if (phase == GRADUAL_TAIL)
		gradual_steps_note(step, "Only after complete, after the NOT NULL of its columns.");
}

/* An index of the user, with its name: for an undo it is made anew. */
static void
add_with_index(GradualRecipeState *state, GradualCommand *command,
			   const GradualConstraint *constraint)
{
	Constraint *written = (Constraint *) ((AlterTableCmd *) command->node)->def;
	const char *name = quote_identifier(written->indexname);
	GradualPhase phase = constraint_phase(state, command, constraint,
										  own_phase(command, constraint));
	GradualStep *step;

	require_columns(state, command, constraint);
	step = gradual_steps_plain(state, command, phase,
							   psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s%s",
										command->table->qualified,
										quote_identifier(constraint->name),
										constraint->type == CONSTRAINT_PRIMARY ? "PRIMARY KEY" : "UNIQUE",
										name, constraint->deferrability));
	step->action = psprintf("add constraint %s", constraint->name);
	step->note = "A change of the catalog: the index takes the constraint's name.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (phase >= GRADUAL_SWAP)
	{
		step->reversible = GRADUAL_UNTIL_COMPLETE;
		return;
	}
	step->undo = list_make1(drop_text(command, constraint));
	if (!constraint->index_is_new)
	{
		step->undo = lappend(step->undo,
							 psprintf("CREATE UNIQUE INDEX %s ON %s %s", name,
									  command->table->qualified, constraint->index_method));
		gradual_steps_note(step, "Rolling back drops the index with the constraint, and builds it again under lock.");
	}
}

static void
add_key_somehow(GradualRecipeState *state, GradualCommand *command,
				const GradualConstraint *constraint)
{
	const char *form = constraint->type == CONSTRAINT_PRIMARY ? "ADD PRIMARY KEY" : "ADD UNIQUE";

	if (constraint->takes_index)
		add_with_index(state, command, constraint);
	else if (command->table->relkind != RELKIND_PARTITIONED_TABLE)
		add_key(state, command, constraint);
	else if (is_shown(command) && !gradual_steps_is_only(command))
		add_partitioned_key(state, command, constraint);
	else
		gradual_script_refuse(command->statement, form,
							  "On a partitioned table it has to be put together from the constraints of its partitions.",
							  "Leave ONLY out, and give its indexes their parameters when they are there.");
}

/* --- the recipes --- */

static void
add_one(GradualRecipeState *state, GradualCommand *command, const GradualConstraint *constraint)
{
	switch (constraint->type)
	{
		case CONSTRAINT_CHECK:
		case CONSTRAINT_FOREIGN:
			add_check_or_foreign_key(state, command, constraint);
			break;
		case CONSTRAINT_PRIMARY:
		case CONSTRAINT_UNIQUE:
			add_key_somehow(state, command, constraint);
			break;
		case CONSTRAINT_EXCLUSION:
			add_under_lock(state, command, constraint, "ADD EXCLUDE",
						   "Its index cannot be built concurrently: nobody could read or write the table meanwhile.",
						   "SET gradual.allow_blocking = on to run it anyway, at a time when the application can wait.");
			break;
		default:
			break;
	}
}

/* Does one take the place of the other: of the same name, or as the primary key? */
static bool
replaces(const GradualConstraint *constraint, const GradualConstraint *other)
{
	return strcmp(constraint->name, other->name) == 0 ||
		(constraint->type == CONSTRAINT_PRIMARY && other->type == CONSTRAINT_PRIMARY);
}

static const GradualConstraint *
replacement(const GradualCommand *command, const GradualCommand *drop)
{
	ListCell   *lc;

	if (command->table != drop->table || !IsA(command->node, AlterTableCmd) ||
		((AlterTableCmd *) command->node)->subtype != AT_AddConstraint)
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

	if (!IsA(command->node, AlterTableCmd) ||
		(((AlterTableCmd *) command->node)->subtype != AT_AddConstraint &&
		 ((AlterTableCmd *) command->node)->subtype != AT_DropConstraint))
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
			statement->number >= last->statement->number)
			continue;
		switch (nodeTag(statement->node))
		{
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

/* Is a key of the table exchanged in the swap between two statements, or with one of them? */
static bool
exchanges_key_between(const GradualRecipeState *state, const GradualTable *table,
					  const GradualCommand *first, const GradualCommand *last)
{
	GradualPhase phase;
	ListCell   *lc,
			   *lm;

	foreach(lc, state->script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->number < first->statement->number ||
			statement->number > last->statement->number)
			continue;
		foreach(lm, statement->commands)
		{
			GradualCommand *command = lfirst(lm);
			const GradualConstraint *key;

			key = command->table == table ? find_key(command) : NULL;
			if (key == NULL)
				continue;
			if (((AlterTableCmd *) command->node)->subtype == AT_AddConstraint ?
				own_phase(command, key) >= GRADUAL_SWAP :
				gradual_recipe_is_replaced(state, command, &phase) && phase >= GRADUAL_SWAP)
				return true;
		}
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
		return exchanges_key_between(state, constraint->referenced, drop, add);
	return is_key(constraint) && drop->table->relkind != RELKIND_PARTITIONED_TABLE &&
		add->statement->number > drop->statement->number + 1;
}

bool
gradual_recipe_is_replaced(const GradualRecipeState *state, const GradualCommand *drop,
						   GradualPhase *phase)
{
	ListCell   *lc,
			   *lm;

	if (drop->constraints == NIL || GRADUAL_TABLE_AT_ONCE(drop->table))
		return false;
	foreach(lc, state->script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->number < drop->statement->number)
			continue;
		foreach(lm, statement->commands)
		{
			const GradualConstraint *constraint = replacement(lfirst(lm), drop);

			if (constraint == NULL)
				continue;
			*phase = is_exchanged_in_swap(state, drop, lfirst(lm), constraint) ? GRADUAL_SWAP :
				Min(own_phase(lfirst(lm), constraint), GRADUAL_SWAP);
			return true;
		}
	}
	return false;
}

/* The one that the command says; a primary key brings those of its columns along. */
static GradualConstraint *
main_constraint(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
	{
		GradualConstraint *constraint = lfirst(lc);

		if (constraint->type != GRADUAL_CONSTRAINT_NOT_NULL || list_length(command->constraints) == 1)
			return constraint;
	}
	return NULL;
}

void
gradual_recipe_add_constraint(GradualRecipeState *state, GradualCommand *command)
{
	GradualConstraint *constraint = main_constraint(command);

	if (constraint == NULL)
		return;
	if (GRADUAL_TABLE_AT_ONCE(command->table))
		gradual_steps_note(add_as_it_stands(state, command, constraint, GRADUAL_EXPAND),
						   "The table has no rows.");
	else if (constraint->type == GRADUAL_CONSTRAINT_NOT_NULL)
		gradual_recipe_add_not_null(state, command, constraint);
	else
		add_one(state, command, constraint);
}

bool
gradual_recipe_has_inline(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
	{
		if (((GradualConstraint *) lfirst(lc))->type != GRADUAL_CONSTRAINT_NOT_NULL)
			return true;
	}
	return false;
}

void
gradual_recipe_inline_constraints(GradualRecipeState *state, GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
		add_one(state, command, lfirst(lc));
}

void
gradual_recipe_validate(GradualRecipeState *state, GradualCommand *command)
{
	GradualConstraint *constraint = linitial(command->constraints);
	GradualStep *step = validate(state, command, constraint,
								 constraint_phase(state, command, constraint, GRADUAL_VERIFY),
								 command->table->qualified);

	gradual_steps_note(step, "A rollback leaves the constraint validated.");
	step->reversible = "no";
}

/* Deferrable or not: as it was, from the catalog. */
static char *
previous_deferrability(const GradualCommand *command, const GradualConstraint *constraint)
{
	return psprintf("SELECT pg_catalog.format('ALTER TABLE %%s ALTER CONSTRAINT %%I %%s INITIALLY %%s', %1$s, conname, CASE WHEN condeferrable THEN 'DEFERRABLE' ELSE 'NOT DEFERRABLE' END, CASE WHEN condeferred THEN 'DEFERRED' ELSE 'IMMEDIATE' END) FROM pg_catalog.pg_constraint WHERE conrelid = pg_catalog.to_regclass(%1$s) AND conname = %2$s",
					quote_literal_cstr(command->table->qualified),
					quote_literal_cstr(constraint->name));
}

void
gradual_recipe_alter_constraint(GradualRecipeState *state, GradualCommand *command)
{
	GradualConstraint *constraint = linitial(command->constraints);
	GradualStep *step;

	if (!constraint->only_deferrability &&
		!GRADUAL_TABLE_AT_ONCE(command->table) && !state->script->allow_blocking &&
		command->table->pages >= state->script->direct_pages)
		gradual_script_refuse(command->statement, "ALTER CONSTRAINT .. ENFORCED or INHERIT",
							  "It may go through the table while nobody can write it.",
							  "Drop the constraint, and add it again as it shall be.");
	step = gradual_steps_plain(state, command,
							   constraint_phase(state, command, constraint, GRADUAL_EXPAND), NULL);
	step->action = psprintf("alter constraint %s", constraint->name);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	gradual_steps_lock_touched(step, command);
	if (constraint->only_deferrability)
		step->undo_query = previous_deferrability(command, constraint);
	else
	{
		step->cost = "scan";
		step->reversible = "no";
	}
	if (step->phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
}
