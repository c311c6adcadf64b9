/*
 * carry_plan.c
 *	  The statements that carry changes of a table over to its copy.
 *
 * None of them takes a value from the trigger: they read the row again, by its
 * key, with the user's own SELECT.  So it does not matter in which order changes
 * of one row are carried over, nor how often: each makes what it sets in the copy
 * what the row says now.
 *
 * What they are made from is in the ledger, which only the extension writes, and
 * not in the trigger's arguments: whoever has the TRIGGER privilege on a table
 * writes those, and the statements run as the owner of the migration.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "backfill/rewrite.h"
#include "base/compat.h"
#include "base/ident.h"
#include "base/identity.h"
#include "base/spi.h"
#include "base/texts.h"
#include "ledger/ledger.h"
#include "ledger/migration.h"
#include "ledger/steps.h"
#include "script/mapping.h"
#include "script/steady.h"
#include "sync/carry_plan.h"
#include "sync/harmless.h"

/* All that is known while the statements are made. */
typedef struct Making
{
	GradualCarry *carry;
	const char *sql;			/* the user's statement */
	const char *walks;
	Query	   *insert;			/* analysed */
	Query	   *select;
	Index		walked;
	Relation	relation;		/* that the trigger fires on */
	Relation	source;
	Relation	target;
	char	   *target_name;	/* qualified */
	List	   *columns;		/* of GradualMapped * */
	GradualMappedKey *key;
} Making;

/* --- texts --- */

/* A statement of ours from its text, with a place for the user's SELECT in it */
static RawStmt *
parse(const char *sql)
{
	return linitial_node(RawStmt, raw_parser(sql, RAW_PARSE_DEFAULT));
}

/* The user's INSERT, of the rows only that satisfy one condition more */
static RawStmt *
insert_where(const Making *making, const char *condition)
{
	RawStmt    *raw = gradual_rewrite_parse(making->sql);

	gradual_rewrite_add_condition(raw, condition);
	return raw;
}

/*
 * Where the only thing that could be in the way is a copy which somebody else
 * makes at the same time, that one is waited for, and updated.
 */
static RawStmt *
insert_copy(const Making *making, const char *source_is)
{
	RawStmt    *raw = insert_where(making,
								   psprintf("%s AND %s", source_is,
											gradual_mapping_not_copied(making->key, making->target_name,
																	   making->walks)));
	OnConflictClause *nothing;

	if (!making->carry->harmless)
		return raw;
	nothing = makeNode(OnConflictClause);
	nothing->action = ONCONFLICT_NOTHING;
	nothing->location = -1;
	((InsertStmt *) raw->stmt)->onConflictClause = nothing;
	return raw;
}

static Node *
select_where(const Making *making, const char *condition)
{
	return ((InsertStmt *) insert_where(making, condition)->stmt)->selectStmt;
}

/*
 * Does the value follow from the row?  Constants stay what they are, and what a
 * volatile function gave the copy is its own.
 */
static bool
follows_row(const Making *making, const GradualMapped *mapped)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(making->target),
												get_attnum(RelationGetRelid(making->target),
														   mapped->column) - 1);

	return attribute->attidentity != ATTRIBUTE_IDENTITY_ALWAYS &&
		!contain_volatile_functions((Node *) mapped->value) &&
		contain_var_clause((Node *) mapped->value);
}

static bool
is_set(const Making *making, const GradualMapped *mapped)
{
	return follows_row(making, mapped) && !gradual_mapping_is_of_key(making->key, mapped->column);
}

/* 'user_id = _gradual_row.c1, bio = _gradual_row.c2' */
static char *
all_assignments(const Making *making)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, making->columns)
	{
		GradualMapped *mapped = lfirst(lc);

		if (follows_row(making, mapped))
			appendStringInfo(&sql, "%s%s = _gradual_row.c%d", sql.len > 0 ? ", " : "",
							 quote_identifier(mapped->column), mapped->position);
	}
	return sql.data;
}

/*
 * Without a modifier, so that a value which is too long for the copy is refused,
 * and not cut off as an explicit cast would.
 */
static char *
type_of(const Making *making, const char *column)
{
	Oid			target = RelationGetRelid(making->target);

	return format_type_extended(get_atttype(target, get_attnum(target, column)), -1,
								FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/*
 * 'bio = CASE WHEN $2 THEN _gradual_row.c2::text ELSE _gradual_copy.bio END':
 * what has not changed in the row may be another in the copy, because the script
 * has changed the one since, or the new application the other.  '' if there is
 * nothing to set.
 */
static char *
assignments(const Making *making)
{
	StringInfoData sql;
	int			parameter = making->key->count;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, making->columns)
	{
		GradualMapped *mapped = lfirst(lc);
		const char *name = quote_identifier(mapped->column);

		if (is_set(making, mapped))
			appendStringInfo(&sql, "%s%s = CASE WHEN $%d THEN _gradual_row.c%d::%s ELSE %s.%s END",
							 sql.len > 0 ? ", " : "", name, ++parameter, mapped->position,
							 type_of(making, mapped->column), GRADUAL_MAPPING_COPY, name);
	}
	return sql.data;
}

/* UPDATE of the copy from the row as the user's SELECT has it */
static RawStmt *
update_from_row(const Making *making, const char *set, const char *source_is,
				const char *copy_is)
{
	StringInfoData names;
	RawStmt    *raw;
	RangeSubselect *row;

	initStringInfo(&names);
	for (int i = 1; i <= list_length(making->select->targetList); i++)
		appendStringInfo(&names, "%sc%d", i > 1 ? ", " : "", i);
	raw = parse(psprintf("UPDATE %s AS %s SET %s FROM (SELECT 1) AS _gradual_row (%s) WHERE %s",
						 making->target_name, GRADUAL_MAPPING_COPY, set, names.data, copy_is));
	row = linitial_node(RangeSubselect, ((UpdateStmt *) raw->stmt)->fromClause);
	row->subquery = select_where(making, source_is);
	return raw;
}

/* DELETE of copies whose row is no more, or none of those that are copied */
static RawStmt *
delete_without_row(const Making *making, const char *copy_is)
{
	RawStmt    *raw = parse(psprintf("DELETE FROM %s AS %s WHERE NOT EXISTS (SELECT 1)",
									 making->target_name, GRADUAL_MAPPING_COPY));
	BoolExpr   *not = castNode(BoolExpr, ((DeleteStmt *) raw->stmt)->whereClause);
	SubLink    *exists = linitial_node(SubLink, not->args);

	exists->subselect = select_where(making, gradual_mapping_is_copy(making->key, making->walks));
	gradual_rewrite_add_condition(raw, copy_is);
	return raw;
}

/*
 * Prepared from its deparsed form, in which every name is qualified: the plan
 * may be analysed again under another search_path.
 */
static SPIPlanPtr
prepare(const Making *making, RawStmt *raw, int keys, int flags)
{
	int			count = making->key->count * keys;
	Oid		   *types = palloc(sizeof(Oid) * (count + flags + 1));
	Query	   *query;
	int			level;
	char	   *sql;
	SPIPlanPtr	plan;

	for (int i = 0; i < count + flags; i++)
		types[i] = i < count ? making->key->types[i % making->key->count] : BOOLOID;
	query = parse_analyze_fixedparams(raw, making->sql, types, count + flags, NULL);
	query->returningList = NIL;
	level = gradual_identity_pin_reading();
	(void) set_config_option("quote_all_identifiers", "off", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	sql = pg_get_querydef(query, false);
	gradual_identity_unpin(level);

	plan = SPI_prepare(sql, count + flags, types);
	if (plan == NULL)
		elog(ERROR, "could not prepare: %s", SPI_result_code_string(SPI_result));
	return plan;
}

static bool
is_movable(const Making *making)
{
	for (int i = 0; i < making->key->count; i++)
	{
		AttrNumber	number = get_attnum(RelationGetRelid(making->target),
										making->key->target[i]);

		if (TupleDescAttr(RelationGetDescr(making->target), number - 1)->attidentity ==
			ATTRIBUTE_IDENTITY_ALWAYS)
			return false;
	}
	return true;
}

/* The key is set as well, to which the copy is found by the old one. */
static void
make_moving_plans(const Making *making, const char *copy_is)
{
	const GradualMappedKey *key = making->key;
	GradualCarry *carry = making->carry;
	char	   *set = all_assignments(making);
	char	   *source_is = gradual_mapping_source_is(key, making->walks, key->count + 1);
	char	   *not_copied = gradual_mapping_not_copied(key, making->target_name, making->walks);

	carry->move = prepare(making, update_from_row(making, set,
												  psprintf("%s AND %s", source_is, not_copied),
												  copy_is), 2, 0);
	carry->respell = prepare(making, update_from_row(making, set, source_is,
													 psprintf("%s AND %s", copy_is,
															  gradual_mapping_copy_is(key, key->count + 1))),
							 2, 0);
}

static void
make_plans(const Making *making)
{
	const GradualMappedKey *key = making->key;
	GradualCarry *carry = making->carry;
	char	   *source_is = gradual_mapping_source_is(key, making->walks, 1);
	char	   *copy_is = gradual_mapping_copy_is(key, 1);
	char	   *set = assignments(making);

	carry->insert = prepare(making, insert_copy(making, source_is), 1, 0);
	if (set[0] != '\0')
		carry->update = prepare(making, update_from_row(making, set, source_is, copy_is), 1,
								carry->nset);
	if (is_movable(making))
		make_moving_plans(making, copy_is);
	carry->remove = prepare(making, delete_without_row(making, copy_is), 1, 0);
	carry->remove_all = prepare(making, delete_without_row(making,
														   psprintf("true%s", key->same_constants)), 0, 0);
	carry->lock = prepare(making, parse(psprintf("SELECT FROM %s AS %s WHERE %s FOR SHARE",
												 carry->source, quote_identifier(making->walks),
												 source_is)), 1, 0);
}

/* --- the relation that the trigger fires on --- */

static AttrNumber
number_in_relation(const Making *making, const char *column)
{
	AttrNumber	number = get_attnum(RelationGetRelid(making->relation), column);

	if (number == InvalidAttrNumber)
		elog(ERROR, "relation \"%s\" has no column \"%s\"",
			 RelationGetRelationName(making->relation), column);
	return number;
}

/* A virtual generated column is stored nowhere, so nobody sees it change. */
static bool
is_virtual(const Making *making, AttrNumber number)
{
	char		generated = TupleDescAttr(RelationGetDescr(making->relation),
										  number - 1)->attgenerated;

	return generated != '\0' && generated != ATTRIBUTE_GENERATED_STORED;
}

/* The columns that are read, as the source numbers them, by their numbers here */
static void
note_reads(const Making *making, Bitmapset *read, GradualCarrySet *set)
{
	int			column = -1;

	set->reads = MemoryContextAlloc(making->carry->context,
									sizeof(AttrNumber) * (bms_num_members(read) + 1));
	while ((column = bms_next_member(read, column)) >= 0)
	{
		AttrNumber	number = column + FirstLowInvalidHeapAttributeNumber;

		if (number > 0)
			number = number_in_relation(making, get_attname(RelationGetRelid(making->source),
															number, false));
		if (number <= 0 || is_virtual(making, number))
			set->reads_all = true;
		else
			set->reads[set->nreads++] = number;
	}
}

static void
find_sets(const Making *making)
{
	GradualCarry *carry = making->carry;
	ListCell   *lc;

	carry->set = MemoryContextAllocZero(carry->context, sizeof(GradualCarrySet) *
										(list_length(making->columns) + 1));
	foreach(lc, making->columns)
	{
		GradualMapped *mapped = lfirst(lc);
		Bitmapset  *read = NULL;

		if (!is_set(making, mapped))
			continue;
		pull_varattnos((Node *) mapped->value, making->walked, &read);
		note_reads(making, read, &carry->set[carry->nset++]);
	}
}

static void
find_columns(const Making *making)
{
	GradualCarry *carry = making->carry;
	RangeTblEntry *entry = rt_fetch(making->walked, making->select->rtable);

	carry->count = making->key->count;
	carry->key = MemoryContextAlloc(carry->context, sizeof(AttrNumber) * carry->count);
	carry->types = MemoryContextAlloc(carry->context, sizeof(Oid) * carry->count);
	for (int i = 0; i < carry->count; i++)
	{
		carry->key[i] = number_in_relation(making, making->key->source[i]);
		carry->types[i] = making->key->types[i];
	}
	note_reads(making, gradual_compat_columns_read(making->select, entry), &carry->all);
	find_sets(making);
}

/* --- making them --- */

static GradualStep *
find_step(int32 migration, int statement)
{
	ListCell   *lc;

	foreach(lc, gradual_ledger_steps(migration))
	{
		GradualStep *step = lfirst(lc);

		if (step->carries && step->statement == statement)
			return step;
	}
	return NULL;
}

/* Triggers go with what ends a migration; others were made by somebody else. */
static bool
is_live(const GradualMigration *migration)
{
	return migration != NULL && migration->status != GRADUAL_COMPLETED &&
		migration->status != GRADUAL_ROLLED_BACK && migration->status != GRADUAL_DEFINED;
}

static void
refuse_trigger(Relation relation)
{
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("no migration carries changes of table \"%s\" over",
					RelationGetRelationName(relation)),
			 errdetail("Triggers of gradual.carry() are made by migrations, and go with them.")));
}

static void
analyze(Making *making)
{
	RawStmt    *raw = gradual_rewrite_parse(making->sql);
	Oid			source;

	making->insert = parse_analyze_fixedparams(raw, making->sql, NULL, 0, NULL);
	making->select = gradual_mapping_select(making->insert);
	making->walked = gradual_mapping_walked(making->select, making->walks);
	if (making->walked == 0)
		elog(ERROR, "the SELECT has no table \"%s\"", making->walks);

	source = rt_fetch(making->walked, making->select->rtable)->relid;
	if (source != RelationGetRelid(making->relation) &&
		!(making->relation->rd_rel->relispartition &&
		  list_member_oid(get_partition_ancestors(RelationGetRelid(making->relation)), source)))
		refuse_trigger(making->relation);
	making->source = table_open(source, AccessShareLock);
	making->target = table_open(rt_fetch(making->insert->resultRelation,
										 making->insert->rtable)->relid, AccessShareLock);
	making->target_name = gradual_ident_qualified(RelationGetRelid(making->target));
	making->columns = gradual_mapping_columns(making->insert, making->walked);
	making->key = gradual_mapping_key(making->insert, making->columns, making->source);
	if (making->key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no unique key of table %s is copied any more",
						gradual_ident_qualified(source))));
}

static bool
is_harmless(const Making *making)
{
	GradualHarmlessCopy copy = {
		.source = making->source,
		.target = making->target,
		.where = making->select->jointree->quals,
		.columns = making->columns,
		.key = making->key
	};

	return gradual_harmless_copy(&copy);
}

static void
make(Making *making, const GradualMigration *migration, const GradualStep *step)
{
	GradualCarry *carry = making->carry;
	GradualIdentity identity;

	carry->owner = migration->owner;
	carry->search_path = MemoryContextStrdup(carry->context, migration->search_path);
	making->sql = linitial(step->commands);
	making->walks = step->walks;
	gradual_identity_enter_statement(&identity, carry->owner, carry->search_path,
									 step->settings);
	analyze(making);
	/* most copies need none, and it takes its time in each statement */
	if (gradual_depends_on_session((Node *) making->insert))
		carry->settings = gradual_texts_copy(carry->context, step->settings);
	carry->source = MemoryContextStrdup(carry->context,
										gradual_ident_qualified(RelationGetRelid(making->source)));
	carry->tables[0] = RelationGetRelid(making->source);
	carry->tables[1] = RelationGetRelid(making->target);
	find_columns(making);
	carry->harmless = is_harmless(making);
	make_plans(making);
	gradual_identity_leave(&identity);
	table_close(making->target, NoLock);
	table_close(making->source, NoLock);
}

/* From here on they live as long as the session. */
static void
keep(GradualCarry *carry)
{
	SPIPlanPtr	plans[] = {carry->insert, carry->update, carry->move, carry->respell,
	carry->remove, carry->remove_all, carry->lock};

	for (int i = 0; i < lengthof(plans); i++)
	{
		if (plans[i] != NULL && SPI_keepplan(plans[i]) != 0)
			elog(ERROR, "could not keep a plan");
	}
	MemoryContextSetParent(carry->context, CacheMemoryContext);
}

/* What is needed for the making only goes with SPI's memory. */
GradualCarry *
gradual_carry_make(Relation relation, int32 id, int statement)
{
	GradualMigration *migration = gradual_ledger_get(id);
	GradualStep *step = is_live(migration) ? find_step(id, statement) : NULL;
	MemoryContext context;
	Making		making = {.relation = relation};

	if (step == NULL)
		refuse_trigger(relation);
	context = AllocSetContextCreate(CurrentMemoryContext, "gradual carried table",
									ALLOCSET_SMALL_SIZES);
	making.carry = MemoryContextAllocZero(context, sizeof(GradualCarry));
	making.carry->context = context;
	make(&making, migration, step);
	keep(making.carry);
	return making.carry;
}
