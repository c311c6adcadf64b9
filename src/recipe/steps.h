/*
 * steps.h
 *	  What recipes share: the state of one compilation, and the parts that steps
 *	  are made of.  Pure.
 */
#ifndef GRADUAL_RECIPE_STEPS_H
#define GRADUAL_RECIPE_STEPS_H

#include "storage/lockdefs.h"

#include "ledger/step.h"
#include "script/script.h"

/* What recipes share while the steps of one migration are made. */
typedef struct GradualRecipeState
{
	GradualScript *script;
	int32		migration;		/* id, for the names of interim objects; 0 in
								 * explain() */
	List	   *commands;		/* of GradualCommand *: all of the script, in
								 * its order */
	List	   *steps;			/* of GradualStep *, in script order */
	List	   *openers;		/* of GradualStep *: they come first in their
								 * phase */

	/*
	 * The latest phase that a step of an earlier statement has: what opaque
	 * code must not overtake.
	 */
	GradualPhase latest;
	List	   *changed_tables; /* of GradualTable *: an earlier statement
								 * changes their rows in batches */
	List	   *fills;			/* of GradualFill * */
	List	   *late;			/* of GradualLate *: what late.c remembers */
	List	   *plain;			/* of GradualStep *: they do what one
								 * subcommand of ALTER TABLE says, as it
								 * stands */
	List	   *swapped_keys;	/* of GradualCarriedKey *: foreign keys that
								 * the swap replaces */
	bool		again;			/* a fill turned out to run after the swap, or
								 * the like: what was made so far is wrong */
	List	   *copies;			/* of GradualCommand *: a trigger carries over
								 * what changes in what they copy */
	List	   *bridged;		/* of GradualCommand *: they rename a column
								 * with both names live until the swap */
	List	   *proofs;			/* of char *: names of proofs of NOT NULL */
	List	   *required;		/* of GradualRequired * */
	int			interim;		/* so many names of interim indexes are used */
	List	   *loaded;			/* of GradualTable *: the script creates them
								 * with rows from elsewhere, so they may be
								 * big */
	List	   *hidden;			/* of GradualTable *: published with a column
								 * list, for their interim columns */
	List	   *hiders;			/* of GradualStep *: for each of them, the
								 * step that gives it the list */
	List	   *shown;			/* of GradualColumn *: added before the swap,
								 * so that they belong into that list */
} GradualRecipeState;

/* A step that makes a sync trigger anew with one more column. */
typedef struct GradualMaker
{
	GradualStep *step;
	bool		first;			/* the trigger that fires before those of
								 * users */
	bool		pair;			/* else, the column is a second one */
	List	   *arguments;		/* of char *: what the step adds to it */
	char	   *creation;		/* of step->commands, to be settled */
	char	   *undo;			/* of step->undo, to be settled */
} GradualMaker;

/* A table whose added columns are filled: one sync trigger for all of them. */
typedef struct GradualFill
{
	GradualTable *table;
	bool		late;			/* added in the swap, and filled after it */
	List	   *arguments;		/* of char *: for the sync trigger, by column */
	List	   *pairs;			/* of char *: the same of renamed columns */
	List	   *first;			/* of char *: for the one that fires before
								 * those of users; NIL = there is none */
	bool		trigger;		/* made; contract has to drop it */
	List	   *makers;			/* of GradualMaker *, in script order */
	List	   *columns;		/* of char *: not quoted, that statements of
								 * the script fill; to be ANALYZEd */
	List	   *twins;			/* of char *: the same of second columns */
} GradualFill;

/* A column that an ADD COLUMN makes NOT NULL later than it adds it. */
typedef struct GradualRequired
{
	const GradualCommand *command;	/* that ADD COLUMN */
	GradualPhase phase;			/* in which it becomes NOT NULL; expand = its
								 * fill is still to come */
} GradualRequired;

/* step->transaction of a recipe's step that must commit before the next one runs. */
#define GRADUAL_TRANSACTION_ALONE (-1)

/* .. of one that shares a transaction although it is not instant. */
#define GRADUAL_TRANSACTION_JOINED (-2)

/* What to say of reversible where the swap is the point of no return. */
#define GRADUAL_UNTIL_COMPLETE "until complete"

/*
 * A new step at the end of the state's list, for a command (NULL = ours): with
 * its statement, target, settings and rows; it blocks nothing, costs an instant
 * and is reversible until the recipe says otherwise.
 */
extern GradualStep *gradual_steps_add(GradualRecipeState *state, const GradualCommand *command,
									  GradualStepKind kind, GradualPhase phase);

/* The step comes first in its phase, whatever the script says elsewhere. */
extern void gradual_steps_open(GradualRecipeState *state, GradualStep *step);

/* One more command of a step; sql shows all of them. */
extern void gradual_steps_command(GradualStep *step, char *sql);

/* The same for a list of char *. */
extern void gradual_steps_commands(GradualStep *step, List *texts);

/*
 * A DDL step that is a subcommand of ALTER TABLE as it stands.  generated: the
 * same as a statement of its own, all names qualified; NULL if we cannot write
 * it, and then it can only run as part of the statement as written.
 */
extern GradualStep *gradual_steps_plain(GradualRecipeState *state, const GradualCommand *command,
										GradualPhase phase, char *generated);

/* 'ALTER TABLE t ALTER COLUMN c <what>' for the command's table and column, in a phase. */
extern char *gradual_steps_alter_column(const GradualCommand *command, GradualPhase phase,
										const char *what);

/*
 * What earlier statements fill stays as it is when a later one writes the row
 * again, and cannot fail there: the sync trigger is for writes of the application.
 */
extern void gradual_steps_keep_filled(const GradualRecipeState *state,
									  const GradualCommand *command, GradualStep *step);

/*
 * A backfill of columns that are added: 'UPDATE t SET <assignments>'.  Rows that
 * are older than the last of them, the proof, are not done yet.
 */
extern GradualStep *gradual_steps_backfill(GradualRecipeState *state, const GradualCommand *command,
										   GradualPhase phase, const char *assignments,
										   char *proof);

/*
 * A build of an index of the table: by its quoted, qualified name, under which it
 * can be undone.  Concurrently; on a partitioned table its partitions after it.
 */
extern GradualStep *gradual_steps_index(GradualRecipeState *state, const GradualCommand *command,
										GradualPhase phase, const GradualTable *table,
										char *index, char *sql);

/*
 * A scan that validates a constraint of the table (both names quoted).  What it
 * locks is for the caller to say.
 */
extern GradualStep *gradual_steps_validate(GradualRecipeState *state, const GradualCommand *command,
										   GradualPhase phase, char *table, const char *constraint);

/*
 * Its target is a partition, of which the step alters nothing else, in one command: if
 * somebody has dropped that by then, there is nothing left to do.
 */
extern void gradual_steps_if_there(GradualStep *step);

/*
 * The step locks the table in mode before its commands run.  No-op for a table
 * that the script creates: nobody else can see it; and for one that it locks with a
 * table above.
 */
extern void gradual_steps_lock(GradualStep *step, const GradualTable *table, LOCKMODE mode);

/* The same by a quoted, qualified name. */
extern void gradual_steps_lock_name(GradualStep *step, char *name, LOCKMODE mode);

/* All that another step locks. */
extern void gradual_steps_lock_as(GradualStep *step, const GradualStep *other);

/* The same for other tables that the DDL locks: those that it refers to, parents. */
extern void gradual_steps_lock_touched(GradualStep *step, const GradualCommand *command);

/* What CASCADE takes along, and what that hangs on. */
extern void gradual_steps_lock_dropped(GradualStep *step, const GradualCommand *command,
									   LOCKMODE mode);

/* What a lock mode blocks: 'nothing', 'writes', 'reads and writes'. */
extern const char *gradual_steps_blocks(LOCKMODE mode);

/* Is it that subcommand of ALTER TABLE? */
extern bool gradual_steps_is(const GradualCommand *command, AlterTableType subtype);

/* Is it the first command of its statement?  For recipes that make one step of it. */
extern bool gradual_steps_is_first(const GradualCommand *command);

/*
 * For names of ours: the number of the statement, and that much more for each of
 * its commands before this one.
 */
#define GRADUAL_COMMAND_STRIDE 10000
extern int	gradual_steps_number(const GradualCommand *command);

/* ALTER TABLE ONLY, of a table with others below it. */
extern bool gradual_steps_is_only(const GradualCommand *command);

/*
 * An undo query for what ALTER TABLE sets in a table and in all below it, unless it
 * says ONLY, and where each may have its own setting.  'what' is an expression for the
 * rest of that ALTER TABLE, over what 'from' joins to t.oid; 'key' tells its rows of a
 * table apart.  Those that have what the table has get it with that, as do those that
 * come meanwhile; the others by name, if they are still there.
 */
extern char *gradual_steps_undo_family(const GradualTable *table, const char *what,
									   const char *key, const char *from);

/* The latest phase of the steps that a statement has so far; expand = none. */
extern GradualPhase gradual_steps_latest(const GradualRecipeState *state,
										 const GradualStatement *statement);

/* Join to the note as a further sentence. */
extern void gradual_steps_note(GradualStep *step, const char *sentence);

/* What else has the name that goes: functions. */
extern void gradual_steps_note_mentioned(GradualStep *step, const GradualCommand *command);

/* The table's constraints that are NOT VALID, of a step that changes all rows. */
extern void gradual_steps_note_not_valid(GradualStep *step, const GradualTable *table);

/*
 * A column of the command's table that the script has added so far; NULL if it
 * was there before, also if another one of that name is added later on.
 */
extern GradualColumn *gradual_steps_added_column(const GradualCommand *command,
												 const char *column);

/* Are they one table, or is one above the other, which has its columns and rows, too? */
extern bool gradual_steps_kin(const GradualTable *table, const GradualTable *other);
extern bool gradual_steps_has_kin(List *tables, const GradualTable *table);

/* May a statement go through the rows under lock: none, few, or gradual.allow_blocking? */
extern bool gradual_steps_may_lock(const GradualRecipeState *state, const GradualTable *table);

/* UPDATE, DELETE, INSERT or MERGE? */
extern bool gradual_steps_changes_rows(const Node *node);

/* Does a default come from a sequence?  NULL: there is none. */
extern bool gradual_steps_takes_numbers(const char *expression);

/*
 * Does a statement about the column run as written, at once?  Not in a table without
 * rows, either, if the script fills the column: it may be a queue, and rows that the
 * application adds meanwhile have to get their value.
 */
extern bool gradual_steps_is_at_once(const GradualCommand *command, const char *column);

/* Does DROP COLUMN take it from a table that nobody but the script knows, and nothing else? */
extern bool gradual_steps_drops_own(const GradualCommand *command);

/* Does it add a column whose NOT NULL has to wait until the rows have values? */
extern bool gradual_steps_adds_late_not_null(const GradualCommand *command);

/* The fills of a table before the swap, or after it, made if there are none yet. */
extern GradualFill *gradual_steps_fill(GradualRecipeState *state, GradualTable *table,
									   bool late);

/*
 * The name of a command's column in a phase: before the swap, of a column that
 * lives twice, the physical one.
 */
extern char *gradual_steps_column(const GradualCommand *command, GradualPhase phase);

#endif							/* GRADUAL_RECIPE_STEPS_H */
