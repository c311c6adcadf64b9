/*
 * index.c
 *	  Indexes, built and dropped concurrently, with leftovers repaired.
 *
 * CREATE INDEX CONCURRENTLY commits in the middle, so it can leave an invalid
 * index behind, which later writes maintain and IF NOT EXISTS calls a success.
 * So nothing here is remembered: each tick looks at the catalog and takes the
 * next step from what is there.  Success is indisvalid read back.
 *
 * What is ours: the name was free when the step began, or, for the indexes of
 * partitions, it stands in the step's undo, stored before the build began.
 *
 * If we crash here the next tick finds an invalid index, drops it concurrently
 * and builds again.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/dependency.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/ident.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/spi.h"
#include "base/texts.h"
#include "base/toplevel.h"
#include "ledger/steps.h"
#include "run/index.h"
#include "run/manners.h"

#define DROP_CONCURRENTLY "DROP INDEX CONCURRENTLY "
#define DROP_PREFIX DROP_CONCURRENTLY "IF EXISTS "

/* How the shell of a constraint on partitions is made. */
#define SHELL_PREFIX "ALTER TABLE ONLY "

static bool
is_valid(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		valid;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	valid = form->indisvalid && form->indisready && form->indislive;
	ReleaseSysCache(tuple);
	return valid;
}

static bool
is_index(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	return relkind == RELKIND_INDEX || relkind == RELKIND_PARTITIONED_INDEX;
}

void
gradual_index_require_free(GradualStep *step)
{
	Oid			relid = gradual_ident_find(step->index);

	if (OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation %s already exists", step->index),
				 is_index(relid) ?
				 errhint("DROP INDEX CONCURRENTLY %s; then start the migration again.",
						 step->index) :
				 errhint("Drop or rename that relation, then start the migration again.")));
}

/* Ask for a command that refuses a transaction block, if nobody is in the way. */
static bool
ask(GradualRun *run, GradualStep *step, char *command, GradualTick *tick)
{
	if (!gradual_manners_look(run, step, tick))
		return false;
	tick->outcome = GRADUAL_TOP_LEVEL;
	tick->command = command;
	tick->settings = step->settings;
	return false;
}

/* Run a short command in this transaction, with a table locked first: NULL = the step's. */
static bool
run_on(GradualRun *run, GradualStep *step, char *table, const char *lock_mode,
	   const char *command, GradualTick *tick)
{
	GradualIdentity identity;
	GradualStep locking = *step;

	locking.lock_mode = pstrdup(lock_mode);
	locking.lock_modes = NIL;
	if (table != NULL)
		locking.lock_tables = list_make1(table);
	if (!gradual_manners_lock(run, list_make1(&locking), tick))
		return false;
	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_identity_pin_transaction(run->migration->search_path, step->settings);
	gradual_toplevel_run(command, false, CurrentMemoryContext);
	gradual_identity_leave(&identity);
	tick->user_code = true;
	tick->outcome = GRADUAL_AGAIN;
	return false;
}

static bool
run_here(GradualRun *run, GradualStep *step, const char *lock_mode,
		 const char *command, GradualTick *tick)
{
	return run_on(run, step, NULL, lock_mode, command, tick);
}

static bool
drop(GradualRun *run, GradualStep *step, Oid index, GradualTick *tick)
{
	char	   *name = gradual_ident_qualified(index);

	/* There is no concurrent form for an index on a partitioned table. */
	if (run->drops_at_once || get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX)
		return run_on(run, step, gradual_ident_qualified(IndexGetRelation(index, false)),
					  "ACCESS EXCLUSIVE", psprintf("DROP INDEX %s", name), tick);
	return ask(run, step, psprintf(DROP_CONCURRENTLY "%s", name), tick);
}

bool
gradual_index_refused_drop(GradualRun *run, const GradualTick *tick, const ErrorData *error)
{
	if (run->drops_at_once || tick->outcome != GRADUAL_TOP_LEVEL ||
		error->sqlerrcode != ERRCODE_FEATURE_NOT_SUPPORTED ||
		strncmp(tick->command, DROP_CONCURRENTLY, strlen(DROP_CONCURRENTLY)) != 0)
		return false;
	run->drops_at_once = true;
	return true;
}

/* What follows the name of the table in a definition: ' USING btree (a)'. */
static char *
definition_tail(Oid index)
{
	char	   *definition =
	TextDatumGetCString(DirectFunctionCall1(pg_get_indexdef,
											ObjectIdGetDatum(index)));
	char	   *table = gradual_ident_qualified(IndexGetRelation(index, false));
	char	   *found = strstr(definition, psprintf(" %s USING ", table));

	if (found == NULL)
		elog(ERROR, "unexpected index definition: %s", definition);
	return found + strlen(table) + 1;
}

static bool
is_unique(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		unique;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	unique = ((Form_pg_index) GETSTRUCT(tuple))->indisunique;
	ReleaseSysCache(tuple);
	return unique;
}

/* 'UNIQUE (a) DEFERRABLE': the constraint of an index. */
static char *
constraint_text(Oid constraint)
{
	return TextDatumGetCString(DirectFunctionCall1(pg_get_constraintdef,
												   ObjectIdGetDatum(constraint)));
}

/* The same, to be made of an index that is there: 'UNIQUE USING INDEX i DEFERRABLE'. */
static char *
constraint_with_index(Oid constraint, const char *index)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	Form_pg_constraint form;
	char	   *result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", constraint);
	form = (Form_pg_constraint) GETSTRUCT(tuple);
	result = psprintf("%s USING INDEX %s%s%s",
					  form->contype == CONSTRAINT_PRIMARY ? "PRIMARY KEY" : "UNIQUE", index,
					  form->condeferrable ? " DEFERRABLE" : "",
					  form->condeferred ? " INITIALLY DEFERRED" : "");
	ReleaseSysCache(tuple);
	return result;
}

/*
 * The name that PostgreSQL itself would give to the index of a partition.  One
 * that has to go, or to take over the name of another one, leaves it alone: a
 * later index of the script gets it.
 */
static char *
partition_index_name(Oid parent_index, Oid partition)
{
	Oid			constraint = get_index_constraint(parent_index);
	bool		primary = false;
	Relation	index = index_open(parent_index, AccessShareLock);
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < RelationGetNumberOfAttributes(index); i++)
	{
		const char *column = NameStr(TupleDescAttr(RelationGetDescr(index), i)->attname);

		/* as for the column that it stands for */
		if (gradual_ident_is_interim(column))
			column += strlen(GRADUAL_INTERIM_PREFIX);
		appendStringInfo(&columns, "%s%s", i > 0 ? "_" : "", column);
	}
	if (columns.len >= NAMEDATALEN)
		columns.data[NAMEDATALEN - 1] = '\0';
	primary = index->rd_index->indisprimary;
	index_close(index, AccessShareLock);
	if (!OidIsValid(constraint) && gradual_ident_is_interim(get_rel_name(parent_index)))
		return ChooseRelationName(get_rel_name(parent_index), get_rel_name(partition), "idx",
								  get_rel_namespace(partition), false);
	return ChooseRelationName(get_rel_name(partition), primary ? NULL : columns.data,
							  primary ? "pkey" : OidIsValid(constraint) ? "key" : "idx",
							  get_rel_namespace(partition), OidIsValid(constraint));
}

static bool
is_recorded(GradualStep *step, Oid index)
{
	return gradual_texts_have(step->undo,
							  psprintf(DROP_PREFIX "%s", gradual_ident_qualified(index)));
}

/*
 * An index of the partition that can be attached to parent_index, or that a
 * broken build of ours left: same definition, not attached to anything.
 */
static Oid
find_candidate(GradualStep *step, Oid parent_index, Oid partition)
{
	Relation	table = table_open(partition, AccessShareLock);
	List	   *indexes = RelationGetIndexList(table);
	char	   *tail = definition_tail(parent_index);
	bool		for_constraint = OidIsValid(get_index_constraint(parent_index));
	Oid			result = InvalidOid;
	ListCell   *lc;

	foreach(lc, indexes)
	{
		Oid			index = lfirst_oid(lc);

		if (get_rel_relispartition(index) ||
			is_unique(index) != is_unique(parent_index) ||
			strcmp(definition_tail(index), tail) != 0)
			continue;
		if (for_constraint && !OidIsValid(get_index_constraint(index)) &&
			!is_recorded(step, index))
			continue;
		if (get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX ||
			is_valid(index) || is_recorded(step, index))
		{
			result = index;
			break;
		}
	}
	table_close(table, AccessShareLock);
	return result;
}

/* The partitions that have an index attached to parent_index, in the order of their OIDs. */
static List *
attached_partitions(Oid parent_index)
{
	List	   *partitions = NIL;
	ListCell   *lc;

	foreach(lc, find_inheritance_children(parent_index, NoLock))
		partitions = lappend_oid(partitions, IndexGetRelation(lfirst_oid(lc), true));
	list_sort(partitions, list_oid_cmp);
	return partitions;
}

/* What the empty shell of an index on partitions takes: of a constraint, or plain. */
static const char *
shell_lock(const char *create)
{
	return strncmp(create, SHELL_PREFIX, strlen(SHELL_PREFIX)) == 0 ?
		"ACCESS EXCLUSIVE" : "SHARE";
}

static bool build_on_partitions(GradualRun *run, GradualStep *step, Oid parent_index,
								GradualTick *tick);

/* One partition without an attached index: the next thing to do for it. */
static bool
build_on_partition(GradualRun *run, GradualStep *step, Oid parent_index,
				   Oid partition, GradualTick *tick)
{
	Oid			candidate = find_candidate(step, parent_index, partition);
	Oid			constraint = get_index_constraint(parent_index);
	bool		partitioned = get_rel_relkind(partition) == RELKIND_PARTITIONED_TABLE;
	char	   *table = gradual_ident_qualified(partition);
	MemoryContext caller;
	char	   *name;
	char	   *qualified;
	char	   *create;

	if (OidIsValid(candidate) && partitioned && !is_valid(candidate) &&
		!build_on_partitions(run, step, candidate, tick))
		return false;
	if (OidIsValid(candidate) && is_valid(candidate) && OidIsValid(constraint) &&
		!OidIsValid(get_index_constraint(candidate)))
	{
		const char *index = quote_identifier(get_rel_name(candidate));

		return run_on(run, step, table, "ACCESS EXCLUSIVE",
					  psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, index,
							   constraint_with_index(constraint, index)), tick);
	}
	if (OidIsValid(candidate) && (partitioned || is_valid(candidate)))
		return run_here(run, step, "ACCESS SHARE",
						psprintf("ALTER INDEX %s ATTACH PARTITION %s",
								 gradual_ident_qualified(parent_index),
								 gradual_ident_qualified(candidate)), tick);
	if (OidIsValid(candidate))
		return drop(run, step, candidate, tick);

	name = partition_index_name(parent_index, partition);
	create = psprintf("CREATE %sINDEX %s%s ON %s%s%s",
					  is_unique(parent_index) ? "UNIQUE " : "",
					  partitioned ? "" : "CONCURRENTLY ",
					  quote_identifier(name),
					  partitioned ? "ONLY " : "",
					  table,
					  definition_tail(parent_index));
	if (partitioned && OidIsValid(constraint))
		create = psprintf(SHELL_PREFIX "%s ADD CONSTRAINT %s %s", table,
						  quote_identifier(name), constraint_text(constraint));
	qualified = quote_qualified_identifier(get_namespace_name(get_rel_namespace(partition)),
										   name);

	/* the step outlives the tick */
	caller = MemoryContextSwitchTo(run->plan_context);
	step->undo = lappend(step->undo, psprintf(DROP_PREFIX "%s", qualified));
	MemoryContextSwitchTo(caller);
	gradual_ledger_store_undo(run->id, step);
	if (partitioned)
		return run_on(run, step, table, shell_lock(create), create, tick);
	return ask(run, step, create, tick);
}

/*
 * Go on with the first partition that lacks an index; true when none does.  Both
 * lists are in the order of OIDs, and walked once: there may be thousands.
 */
static bool
build_on_partitions(GradualRun *run, GradualStep *step, Oid parent_index,
					GradualTick *tick)
{
	List	   *partitions =
	find_inheritance_children(IndexGetRelation(parent_index, false),
							  AccessShareLock);
	List	   *attached = attached_partitions(parent_index);
	ListCell   *next = list_head(attached);
	ListCell   *lc;

	foreach(lc, partitions)
	{
		Oid			partition = lfirst_oid(lc);

		while (next != NULL && lfirst_oid(next) < partition)
			next = lnext(attached, next);
		if (next != NULL && lfirst_oid(next) == partition)
			continue;
		return build_on_partition(run, step, parent_index, partition, tick);
	}
	return true;
}

bool
gradual_index_build(GradualRun *run, GradualStep *step, const char *create,
					GradualTick *tick)
{
	Oid			index = gradual_ident_find(step->index);

	tick->step = step->step;
	tick->activity = psprintf("building index %s", step->index);
	if (!OidIsValid(index))
	{
		/* ON ONLY: the parent of partitions, an empty shell, built here */
		if (strstr(create, "CONCURRENTLY") == NULL)
			return run_here(run, step, shell_lock(create), create, tick);
		return ask(run, step, pstrdup(create), tick);
	}
	if (is_valid(index))
		return true;
	if (get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX)
	{
		if (!build_on_partitions(run, step, index, tick))
			return false;
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index %s is not valid", step->index),
				 errdetail("All its partitions have an attached index, and one of those is invalid."),
				 errhint("REINDEX the invalid one, then start the migration again.")));
	}
	return drop(run, step, index, tick);
}

bool
gradual_index_drop(GradualRun *run, GradualStep *step, const char *index,
				   GradualTick *tick)
{
	Oid			relid = gradual_ident_find(index);
	GradualStep whole = *step;
	Oid			constraint;

	/* a build takes one partition at a time, a drop all of them */
	whole.kind = GRADUAL_STEP_DROP_INDEX;
	tick->step = step->step;
	tick->activity = psprintf("dropping index %s", index);
	if (!OidIsValid(relid))
		return true;

	/* It goes with its constraint. */
	constraint = get_index_constraint(relid);
	if (OidIsValid(constraint))
	{
		char	   *table = gradual_ident_qualified(IndexGetRelation(relid, false));

		return run_on(run, &whole, table, "ACCESS EXCLUSIVE",
					  psprintf("ALTER TABLE %s DROP CONSTRAINT %s", table,
							   quote_identifier(get_constraint_name(constraint))), tick);
	}
	return drop(run, &whole, relid, tick);
}

/* What an undo that was broken off has built on partitions, and not attached. */
static bool
drop_unattached(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		const char *command = lfirst(lc);
		const char *index = command + strlen(DROP_PREFIX);
		Oid			relid;

		if (strncmp(command, DROP_PREFIX, strlen(DROP_PREFIX)) != 0)
			continue;
		relid = gradual_ident_find(index);
		if (is_index(relid) && !get_rel_relispartition(relid) &&
			!gradual_index_drop(run, step, index, tick))
			return false;
	}
	return true;
}

bool
gradual_index_drop_whole(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	return gradual_index_drop(run, step, step->index, tick) && drop_unattached(run, step, tick);
}

bool
gradual_index_undo_build(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		const char *command = lfirst(lc);
		const char *index = command + strlen(DROP_PREFIX);

		if (strncmp(command, DROP_PREFIX, strlen(DROP_PREFIX)) != 0)
			elog(ERROR, "unexpected undo of an index build: %s", command);
		if (!is_index(gradual_ident_find(index)))
			continue;			/* gone, or somebody else's relation */
		if (!gradual_index_drop(run, step, index, tick))
			return false;
	}
	return true;
}

List *
gradual_index_undo_after(const GradualStep *step)
{
	List	   *commands = NIL;
	ListCell   *lc;

	for_each_from(lc, step->undo, 1)
	{
		const char *command = lfirst(lc);

		if (strncmp(command, DROP_PREFIX, strlen(DROP_PREFIX)) != 0)
			commands = lappend(commands, lfirst(lc));
	}
	return commands;
}
