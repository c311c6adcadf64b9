/*
 * gather.c
 *	  What hangs on a column that gets another type: indexes, checks,
 *	  statistics, and all that was said about them.
 *
 * The texts come from the server: on the clone, after the type has changed
 * there, the column is called by its shadow's name for a moment, and what the
 * server then prints is what has to be made beside the old objects.  Names,
 * comments and marks are those of the real table.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/ident.h"
#include "base/spi.h"
#include "script/bridge.h"
#include "script/carried_keys.h"
#include "script/catalog.h"
#include "script/gather.h"
#include "script/clone.h"
#include "script/facts.h"
#include "script/gone.h"
#include "script/key_mark.h"
#include "script/lookup.h"
#include "script/object_naming.h"

/* The numbers of the columns named in $2 of relation $1 */
#define NAMED \
	"WITH named AS (SELECT a.attnum, a.attname FROM pg_attribute a" \
	" WHERE a.attrelid = $1 AND NOT a.attisdropped AND a.attname = ANY ($2::name[])) "

/* What statistics object s is called in pg_temp */
#define CLONE_OF_STATISTICS(s) "('_gradual_' || " s ".oid)"

typedef struct GradualGathering
{
	GradualRehearsal *rehearsal;
	GradualRelation *relation;
	GradualCarried *carry;
	List	   *shadows;		/* of char * */
} GradualGathering;

static List *rows_about_shadows(GradualGathering *gathering, const char *sql);
static void gather_indexes(GradualGathering *gathering);
static GradualCarriedIndex *read_index(GradualGathering *gathering, const GradualRow *row);
static void read_real_index(GradualCarriedIndex *index, Oid oid);
static void gather_checks(GradualGathering *gathering);
static void gather_statistics(GradualGathering *gathering);
static List *texts(const char *sql, GradualArgs *args);
static char *strip(const char *string, const char *suffix);

void
gradual_gather_refresh(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	ListCell   *lc;

	foreach(lc, rehearsal->relations)
	{
		GradualRelation *index = lfirst(lc);
		Oid			anew;

		if (!GRADUAL_IS_INDEX(index->relkind) || index->table != relation->table ||
			index->gone || !OidIsValid(index->clone) ||
			SearchSysCacheExists1(RELOID, ObjectIdGetDatum(index->clone)))
			continue;

		/* else it has gone with its constraint, before */
		anew = get_relname_relid(index->clone_name, rehearsal->temp);
		if (OidIsValid(anew))
			index->clone = anew;
	}
}

/*
 * Statistics objects, which the clone lacks.  In pg_temp those of two schemas may
 * have one name, so there they are called by their OIDs.  A comment says the name
 * that one has, should the script drop it.
 */
List *
gradual_gather_statistics(GradualRehearsal *rehearsal, const GradualRelation *relation,
						  const char *column)
{
	bool		bridged = gradual_bridge_enter_original(rehearsal, relation);
	GradualArgs args = {0};
	int			level;
	List	   *rows;
	List	   *names = NIL;
	ListCell   *lc;

	if (gradual_bridge_exists(relation) && !bridged)
		return NIL;				/* they cannot be named */
	level = gradual_lookup_pin_path();
	gradual_args_oid(&args, OIDOID, relation->oid);
	gradual_args_text(&args, column);
	gradual_args_oid(&args, OIDOID, relation->clone);
	gradual_args_text(&args, quote_qualified_identifier(GRADUAL_CLONE_SCHEMA,
														relation->clone_name));
	rows = gradual_spi_rows("SELECT regexp_replace(left(d.def, length(d.def) - length(format(' FROM %I.%I', n.nspname, c.relname))),"
							"  '^CREATE STATISTICS ' || regexp_replace(format('%I.%I', m.nspname, s.stxname), '([^[:alnum:]_])', '\\\\\\1', 'g'),"
							"  'CREATE STATISTICS pg_temp.' || i.name) || ' FROM ' || $4"
							"  || format('; COMMENT ON STATISTICS pg_temp.%s IS %L', i.name, s.stxname), i.name"
							" FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
							" JOIN pg_namespace m ON m.oid = s.stxnamespace, LATERAL (SELECT pg_get_statisticsobjdef(s.oid) AS def) d,"
							" LATERAL (SELECT " CLONE_OF_STATISTICS("s") " AS name) i"
							" WHERE s.stxrelid = $1 AND ($2 IS NULL OR EXISTS (SELECT FROM pg_depend p JOIN pg_attribute a ON a.attrelid = $1 AND a.attnum = p.refobjsubid"
							"  WHERE p.classid = 'pg_statistic_ext'::regclass AND p.objid = s.oid"
							"  AND p.refclassid = 'pg_class'::regclass AND p.refobjid = $1 AND a.attname = $2::name))"
							" AND NOT EXISTS (SELECT FROM pg_statistic_ext t WHERE t.stxrelid = $3 AND t.stxname = i.name)"
							" AND NOT starts_with(s.stxname::text, '" GRADUAL_GONE_PREFIX "')",
							&args);
	AtEOXact_GUC(true, level);
	foreach(lc, rows)
	{
		gradual_clone_run_text(rehearsal, gradual_row_text(lfirst(lc), 1));
		names = lappend(names, gradual_row_text(lfirst(lc), 2));
	}
	if (bridged)
		gradual_bridge_leave_original(rehearsal, relation);
	return names;
}

bool
gradual_gather_table(GradualRehearsal *rehearsal, GradualRelation *relation,
					 GradualRetype *retype)
{
	GradualTable *table = relation->table;
	GradualGathering gathering = {rehearsal, relation, table->carried, NIL};
	ListCell   *lc;

	if (table->carried == NULL)
		table->carried = gathering.carry = palloc0(sizeof(GradualCarried));
	gathering.carry->retypes = lappend(gathering.carry->retypes, retype);
	gathering.carry->indexes = gathering.carry->checks = gathering.carry->statistics = NIL;
	gathering.carry->entangled = NULL;
	foreach(lc, gathering.carry->retypes)
		gathering.shadows = lappend(gathering.shadows, ((GradualRetype *) lfirst(lc))->shadow);

	if (!gradual_bridge_enter(rehearsal, relation))
		return false;
	gather_indexes(&gathering);
	gather_checks(&gathering);
	gather_statistics(&gathering);
	gradual_facts_not_valid(gathering.relation);
	gradual_bridge_leave(rehearsal, relation);
	gradual_carried_keys_note(rehearsal);
	return true;
}

/*
 * Does the script add a constraint after the type of one of its columns has
 * changed?  Then it does so after the swap of that column, and nothing of it is to
 * be made beside.
 */
static bool
is_added_after(GradualGathering *gathering, char *constraint, List *shadows)
{
	int			statement = gradual_bridge_adding(gathering->rehearsal,
												  gathering->relation->table, constraint);
	bool		before = false;
	bool		after = false;

	if (statement == 0)
		return false;
	gradual_bridge_order(gathering->relation->table, shadows, statement, &before, &after);
	if (before && after)
		gathering->carry->entangled = constraint;
	return before;
}

/* $1: the clone, $2: the shadows, $3: the real table */
static List *
rows_about_shadows(GradualGathering *gathering, const char *sql)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	List	   *rows;

	gradual_args_oid(&args, OIDOID, gathering->relation->clone);
	gradual_args_text_list(&args, gathering->shadows);
	gradual_args_oid(&args, OIDOID, gathering->relation->oid);
	rows = gradual_spi_rows(sql, &args);
	AtEOXact_GUC(true, level);
	return rows;
}

/* --- indexes, and the constraints that they serve --- */

static void
gather_indexes(GradualGathering *gathering)
{
	List	   *rows = rows_about_shadows(gathering,
										  NAMED
										  "SELECT i.indexrelid, i.indisunique, CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'x' THEN 'EXCLUDE' END,"
										  " CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END,"
										  " obj_description(k.oid, 'pg_constraint'),"
										  " ARRAY(SELECT attname::text FROM named WHERE attnum = ANY (i.indkey::int2[]) OR EXISTS (SELECT FROM pg_depend d"
										  "  WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_class'::regclass"
										  "  AND d.refobjid = $1 AND d.refobjsubid = named.attnum))"
										  " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
										  " LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = $1 AND k.contype IN ('p', 'u', 'x')"
										  " WHERE i.indrelid = $1 AND $3 IS NOT NULL"
										  " AND (EXISTS (SELECT FROM unnest(i.indkey::int2[]) n JOIN named ON named.attnum = n)"
										  "  OR EXISTS (SELECT FROM pg_depend d JOIN named ON named.attnum = d.refobjsubid"
										  "   WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid"
										  "   AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1))"
										  " ORDER BY c.relname");
	ListCell   *lc;

	foreach(lc, rows)
	{
		GradualCarriedIndex *index = read_index(gathering, lfirst(lc));

		if (index->constraint == NULL || !is_added_after(gathering, index->name, index->shadows))
			gathering->carry->indexes = lappend(gathering->carry->indexes, index);
	}
}

/*
 * One that the script made along with a constraint is met here for the first
 * time; it may have a name that another schema's clone has taken.
 */
static GradualRelation *
relation_of_index(GradualGathering *gathering, Oid clone)
{
	GradualRelation *relation = gradual_lookup_of_clone(gathering->rehearsal, clone);

	if (relation == NULL)
		relation = gradual_lookup_find_in(gathering->rehearsal, gathering->relation->schema,
										  get_rel_name(clone));
	if (relation == NULL)
	{
		relation = gradual_lookup_add(gathering->rehearsal, gathering->relation->schema,
									  get_rel_name(clone), get_rel_relkind(clone));
		relation->clone = clone;
		relation->clone_name = relation->name;
		relation->table = gathering->relation->table;
	}
	return relation;
}

static GradualCarriedIndex *
read_index(GradualGathering *gathering, const GradualRow *row)
{
	GradualCarriedIndex *index = palloc0(sizeof(GradualCarriedIndex));
	GradualRelation *relation = relation_of_index(gathering, gradual_row_oid(row, 1));
	char	   *definition = gradual_facts_index_definition(gathering->rehearsal, relation, false);

	index->name = pstrdup(relation->name);
	index->interim = gradual_ident_beside(relation->name);
	index->schema = pstrdup(quote_identifier(get_namespace_name(relation->schema)));
	index->unique = gradual_row_bool(row, 2, false);
	definition += strlen(psprintf("CREATE %sINDEX %s ON %s ",
								  index->unique ? "UNIQUE " : "",
								  quote_identifier(relation->name),
								  relation->table->qualified));
	index->rest = gradual_object_naming_copy(gathering->rehearsal, definition);
	index->constraint = gradual_row_text(row, 3);
	index->deferrable = gradual_row_text(row, 4);
	index->comment = gradual_row_text(row, 5);
	index->shadows = gradual_row_text_list(row, 6);
	index->created = !OidIsValid(relation->oid) && index->constraint == NULL;

	/* partitions' indexes would get names that tell of the other name */
	if (index->created && (relation->relkind == RELKIND_PARTITIONED_INDEX ||
						   !gradual_lookup_is_freed(gathering->rehearsal, relation->schema,
													relation->name)))
		index->interim = index->name;
	else if (OidIsValid(relation->oid))
		read_real_index(index, relation->oid);
	return index;
}

/* What a clone does not have. */
static void
read_real_index(GradualCarriedIndex *index, Oid oid)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, oid);
	row = gradual_spi_row("SELECT i.indisreplident, t.spcname,"
						  " (SELECT obj_description(k.oid, 'pg_constraint') FROM pg_constraint k"
						  "  WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u'))"
						  " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
						  " LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace WHERE i.indexrelid = $1", &args);
	AtEOXact_GUC(true, level);
	if (row == NULL)
		return;
	index->replica_identity = gradual_row_bool(row, 1, false);
	index->tablespace = gradual_row_text(row, 2);
	if (index->comment == NULL)
		index->comment = gradual_row_text(row, 3);
}

/* --- CHECK --- */

/* Those that stand in for foreign keys are none. */
static void
gather_checks(GradualGathering *gathering)
{
	List	   *rows = rows_about_shadows(gathering,
										  NAMED
										  "SELECT k.conname, pg_get_constraintdef(k.oid), k.convalidated,"
										  " COALESCE(obj_description(k.oid, 'pg_constraint'), obj_description(r.oid, 'pg_constraint')),"
										  " ARRAY(SELECT attname::text FROM named WHERE attnum = ANY (k.conkey))"
										  " FROM pg_constraint k LEFT JOIN pg_constraint r ON r.conrelid = $3 AND r.conname = k.conname AND r.contype = 'c'"
										  " WHERE k.conrelid = $1 AND k.contype = 'c' AND EXISTS (SELECT FROM unnest(k.conkey) n JOIN named ON named.attnum = n)"
										  " AND pg_get_constraintdef(k.oid) NOT LIKE '%''" GRADUAL_KEY_MARK "%'"
										  " ORDER BY k.conname");
	ListCell   *lc;

	foreach(lc, rows)
	{
		GradualCarriedCheck *check = palloc0(sizeof(GradualCarriedCheck));

		check->name = gradual_row_text(lfirst(lc), 1);
		check->interim = gradual_ident_beside(check->name);
		check->definition = gradual_lookup_restore(gathering->rehearsal,
												   strip(gradual_row_text(lfirst(lc), 2),
														 " NOT VALID"));
		check->definition = gradual_object_naming_copy(gathering->rehearsal, check->definition);
		check->valid = gradual_row_bool(lfirst(lc), 3, true);
		check->comment = gradual_row_text(lfirst(lc), 4);
		check->shadows = gradual_row_text_list(lfirst(lc), 5);
		if (!is_added_after(gathering, check->name, check->shadows))
			gathering->carry->checks = lappend(gathering->carry->checks, check);
	}
}

/* --- extended statistics --- */

/* What CREATE STATISTICS does not say: target, owner, comment. */
static List *
statistics_afterwards(Oid statistics, const char *qualified)
{
	GradualArgs args = {0};
	int			level;
	List	   *list;

	if (!OidIsValid(statistics))
		return NIL;				/* the script makes them */
	gradual_args_oid(&args, OIDOID, statistics);
	gradual_args_text(&args, qualified);
	level = gradual_lookup_pin_path();
	list = texts("SELECT x.sql FROM pg_statistic_ext s, LATERAL (VALUES"
				 " (1, s.stxstattarget >= 0, format('ALTER STATISTICS %s SET STATISTICS %s', $2, s.stxstattarget)),"
				 " (2, obj_description(s.oid, 'pg_statistic_ext') IS NOT NULL, format('COMMENT ON STATISTICS %s IS %L', $2, obj_description(s.oid, 'pg_statistic_ext'))),"
				 " (3, s.stxowner <> quote_ident(current_user)::regrole, format('ALTER STATISTICS %s OWNER TO %I', $2, pg_get_userbyid(s.stxowner)))) x (n, needed, sql)"
				 " WHERE s.oid = $1 AND x.needed ORDER BY x.n", &args);
	AtEOXact_GUC(true, level);
	return list;
}

static void
gather_statistics(GradualGathering *gathering)
{
	List	   *rows = rows_about_shadows(gathering,
										  NAMED
										  "SELECT CASE WHEN starts_with(t.stxname::text, '" GRADUAL_GONE_PREFIX "') THEN obj_description(s.oid, 'pg_statistic_ext')"
										  "  ELSE COALESCE(t.stxname, s.stxname)::text END, pg_get_statisticsobjdef(s.oid), quote_ident(COALESCE(m.nspname, CASE WHEN p.oid <> pg_my_temp_schema() THEN p.nspname END, n.nspname)),"
										  " format('CREATE STATISTICS %I.%I', CASE WHEN p.oid = pg_my_temp_schema() THEN 'pg_temp' ELSE p.nspname END, s.stxname),"
										  " format(' FROM %I', c.relname), format(' FROM pg_temp.%I', c.relname),"
										  " ARRAY(SELECT attname::text FROM named JOIN pg_depend d ON named.attnum = d.refobjsubid"
										  "  WHERE d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid"
										  "  AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1), t.oid"
										  " FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid"
										  " JOIN pg_class r ON r.oid = $3 JOIN pg_namespace n ON n.oid = r.relnamespace"
										  " JOIN pg_namespace p ON p.oid = s.stxnamespace"
										  " LEFT JOIN pg_statistic_ext t ON t.stxrelid = $3 AND s.stxname = " CLONE_OF_STATISTICS("t")
										  " LEFT JOIN pg_namespace m ON m.oid = t.stxnamespace"
										  " WHERE s.stxrelid = $1 AND EXISTS (SELECT FROM pg_depend d JOIN named ON named.attnum = d.refobjsubid"
										  "  WHERE d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid"
										  "  AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1)"
										  " ORDER BY 1");
	ListCell   *lc;

	foreach(lc, rows)
	{
		GradualCarriedStatistics *statistics = palloc0(sizeof(GradualCarriedStatistics));
		char	   *definition = gradual_row_text(lfirst(lc), 2);
		char	   *head = gradual_row_text(lfirst(lc), 4);
		char	   *rest = definition + strlen(head);

		if (strncmp(definition, head, strlen(head)) != 0)
			elog(ERROR, "unexpected definition of statistics: %s", definition);
		rest = strip(rest, gradual_row_text(lfirst(lc), 5));
		rest = strip(rest, gradual_row_text(lfirst(lc), 6));
		statistics->name = gradual_row_text(lfirst(lc), 1);
		statistics->schema = gradual_row_text(lfirst(lc), 3);
		statistics->interim = gradual_ident_beside(statistics->name);
		statistics->definition = psprintf("CREATE STATISTICS %s.%s%s FROM %s", statistics->schema,
										  quote_identifier(statistics->interim),
										  gradual_object_naming_copy(gathering->rehearsal, rest),
										  gathering->relation->table->qualified);
		statistics->shadows = gradual_row_text_list(lfirst(lc), 7);
		statistics->afterwards = statistics_afterwards(gradual_row_oid(lfirst(lc), 8),
													   psprintf("%s.%s", statistics->schema,
																quote_identifier(statistics->name)));
		gathering->carry->statistics = lappend(gathering->carry->statistics, statistics);
	}
}

/* --- texts --- */

static List *
texts(const char *sql, GradualArgs *args)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, gradual_spi_rows(sql, args))
		result = lappend(result, gradual_row_text(lfirst(lc), 1));
	return result;
}

static char *
strip(const char *string, const char *suffix)
{
	int			length = strlen(string) - strlen(suffix);

	if (length >= 0 && strcmp(string + length, suffix) == 0)
		return pnstrdup(string, length);
	return pstrdup(string);
}
