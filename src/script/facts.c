/*
 * facts.c
 *	  Facts that recipes need, from the clones and the catalog.
 *
 * Texts are made with search_path = pg_catalog, so that they mean the same
 * whoever runs them, and never name a clone.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/toast_compression.h"
#include "catalog/index.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/spi.h"
#include "script/facts.h"
#include "script/lookup.h"
#include "script/mentioned.h"
#include "script/sequence.h"

static char *type_text(Form_pg_attribute attribute);
static bool domain_costs(Relation rel, Form_pg_attribute attribute);
static char *generated_text(char generated, const char *expression);
static char *storage_text(Form_pg_attribute attribute);

GradualColumn *
gradual_facts_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
					 const ColumnDef *definition)
{
	GradualColumn *column = palloc0(sizeof(GradualColumn));
	Relation	rel = relation_open(relation->clone, NoLock);
	AttrNumber	number = get_attnum(relation->clone, definition->colname);
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), number - 1);

	column->name = pstrdup(definition->colname);
	column->statement = rehearsal->statement->number;
	column->type = type_text(attribute);
	column->not_null = attribute->attnotnull;
	column->sequence = gradual_sequence_of_column(rehearsal, relation, definition->colname,
												  definition->constraints);
	column->domain_constrained = domain_costs(rel, attribute);
	column->storage = storage_text(attribute);
	if (CompressionMethodIsValid(attribute->attcompression))
		column->compression = pstrdup(GetCompressionMethodName(attribute->attcompression));
	column->computed = attribute->attgenerated != '\0' &&
		attribute->attgenerated != ATTRIBUTE_GENERATED_STORED;
	if (attribute->attgenerated != '\0')
		column->generated = generated_text(attribute->attgenerated,
										   gradual_facts_default(rehearsal, relation,
																 definition->colname));
	else if (attribute->attidentity != '\0')
		column->default_volatile = true;
	else
	{
		Node	   *expression = build_column_default(rel, number);

		column->default_expr = gradual_facts_default(rehearsal, relation, definition->colname);
		column->default_volatile = column->default_expr != NULL && expression != NULL &&
			contain_volatile_functions(expression);
	}
	relation_close(rel, NoLock);
	return column;
}

char *
gradual_facts_type(Oid relation, const char *column)
{
	Relation	rel = relation_open(relation, NoLock);
	AttrNumber	number = get_attnum(relation, column);
	char	   *sql = type_text(TupleDescAttr(RelationGetDescr(rel), number - 1));

	relation_close(rel, NoLock);
	return sql;
}

char *
gradual_facts_default(GradualRehearsal *rehearsal, const GradualRelation *relation,
					  const char *column)
{
	Relation	rel = relation_open(relation->clone, NoLock);
	TupleConstr *constraints = RelationGetDescr(rel)->constr;
	AttrNumber	number = get_attnum(relation->clone, column);
	char	   *sql = NULL;

	for (int i = 0; constraints != NULL && i < constraints->num_defval; i++)
	{
		if (constraints->defval[i].adnum == number)
		{
			int			level = gradual_lookup_pin_path();

			sql = deparse_expression(stringToNode(constraints->defval[i].adbin),
									 deparse_context_for(RelationGetRelationName(rel),
														 relation->clone),
									 false, false);
			AtEOXact_GUC(true, level);
		}
	}
	relation_close(rel, NoLock);
	return gradual_lookup_restore(rehearsal, sql);
}

char *
gradual_facts_expression(GradualRehearsal *rehearsal, Node *expression)
{
	int			level = gradual_lookup_pin_path();
	char	   *sql = deparse_expression(expression, NIL, false, false);

	AtEOXact_GUC(true, level);
	return gradual_lookup_restore(rehearsal, sql);
}

bool
gradual_facts_not_null(const GradualRelation *relation, const char *column)
{
	AttrNumber	number = get_attnum(relation->clone, column);
	Relation	rel;
	bool		result;

	if (number <= 0)
		return false;
	rel = relation_open(relation->clone, NoLock);
	result = TupleDescAttr(RelationGetDescr(rel), number - 1)->attnotnull;
	relation_close(rel, NoLock);
	return result;
}

bool
gradual_facts_unproved(Oid table, const char *column)
{
	AttrNumber	number = OidIsValid(table) ? get_attnum(table, column) : InvalidAttrNumber;
	Relation	rel;
	bool		result;

	if (number <= 0)
		return false;
	rel = relation_open(table, NoLock);
	result = TupleDescAttr(RelationGetDescr(rel), number - 1)->attnotnull &&
		!gradual_compat_is_not_null(RelationGetDescr(rel), number - 1);
	relation_close(rel, NoLock);
	return result;
}

/* NOT ENFORCED, new in 18, is no such one. */
void
gradual_facts_not_valid(const GradualRelation *relation)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	ListCell   *lc;

	gradual_args_oid(&args, OIDOID, relation->clone);
	gradual_args_oid(&args, OIDOID, relation->oid);
	relation->table->not_valid = NIL;
	foreach(lc, gradual_spi_rows("SELECT DISTINCT k.conname FROM pg_constraint k"
								 " WHERE (k.conrelid = $2 OR (k.conislocal AND k.conrelid IN (SELECT relid FROM pg_partition_tree($2))))"
								 " AND k.contype IN ('c', 'n') AND NOT k.convalidated AND COALESCE((to_jsonb(k) ->> 'conenforced')::bool, true)"
								 " AND (k.conrelid <> $2 OR EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = $1 AND c.conname = k.conname))"
								 " ORDER BY k.conname", &args))
		relation->table->not_valid = lappend(relation->table->not_valid,
											 gradual_row_text(lfirst(lc), 1));
	AtEOXact_GUC(true, level);
}

uint32
gradual_facts_storage(Oid clone)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(clone));
	uint32		storage;

	if (!HeapTupleIsValid(tuple))
		return 0;
	storage = ((Form_pg_class) GETSTRUCT(tuple))->relfilenode;
	ReleaseSysCache(tuple);
	return storage;
}

/*
 * The server prints CREATE INDEX name ON table USING ..; the part from USING on
 * is the same for the clone's index and the real one.
 */
char *
gradual_facts_index_definition(GradualRehearsal *rehearsal, const GradualRelation *index,
							   bool only)
{
	Oid			oid = OidIsValid(index->clone) ? index->clone : index->oid;
	Oid			table = IndexGetRelation(oid, false);
	Oid			schema = get_rel_namespace(table);
	int			level = gradual_lookup_pin_path();
	char	   *sql = pg_get_indexdef_string(oid);
	char	   *head = psprintf(" ON %s",
								quote_qualified_identifier(get_namespace_name_or_temp(schema),
														   get_rel_name(table)));
	char	   *tail = strstr(sql, head);

	AtEOXact_GUC(true, level);
	if (tail == NULL)
		elog(ERROR, "unexpected definition of an index: %s", sql);
	sql = psprintf("CREATE %sINDEX %s ON %s%s%s",
				   strncmp(sql, "CREATE UNIQUE ", strlen("CREATE UNIQUE ")) == 0 ? "UNIQUE " : "",
				   quote_identifier(index->name),
				   only ? "ONLY " : "",
				   index->table->qualified,
				   tail + strlen(head));
	return gradual_lookup_restore(rehearsal, sql);
}

/* Words for what goes with a column of the real table; NULL if nothing does. */
static char *
takes_along(const GradualRelation *relation, const char *column)
{
	GradualArgs args = {0};
	GradualRow *row;
	int			level;
	char	   *words;

	if (!OidIsValid(relation->oid))
		return NULL;
	gradual_args_oid(&args, OIDOID, relation->oid);
	gradual_args_text(&args, column);
	level = gradual_lookup_pin_path();
	row = gradual_spi_row("SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object(d.classid, d.objid, 0), ', ' ORDER BY d.classid, d.objid)"
						  " FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) d.refobjid AND a.attnum OPERATOR(pg_catalog.=) d.refobjsubid"
						  " WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) $1"
						  " AND a.attname OPERATOR(pg_catalog.=) $2::pg_catalog.name AND d.deptype OPERATOR(pg_catalog.=) 'a'"
						  " AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_attrdef'::pg_catalog.regclass"
						  " AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.oid OPERATOR(pg_catalog.=) d.objid"
						  "  AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass AND c.contype OPERATOR(pg_catalog.=) 'n')",
						  &args);
	words = row == NULL ? NULL : gradual_row_text(row, 1);
	AtEOXact_GUC(true, level);
	return words;
}

void
gradual_facts_drop_column(GradualCommand *command, const GradualRelation *relation,
						  const char *column)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, relation->clone);
	gradual_args_text(&args, column);
	row = gradual_spi_row("SELECT a.attidentity OPERATOR(pg_catalog.=) '' AND t.typtype OPERATOR(pg_catalog.<>) 'd'"
						  " AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) a.attrelid AND i.indisprimary AND a.attnum OPERATOR(pg_catalog.=) ANY (i.indkey)),"
						  " EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conrelid OPERATOR(pg_catalog.=) a.attrelid AND a.attnum OPERATOR(pg_catalog.=) ANY (c.conkey) AND pg_catalog.cardinality(c.conkey) OPERATOR(pg_catalog.>) 1)"
						  " OR EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) a.attrelid AND i.indisunique AND a.attnum OPERATOR(pg_catalog.=) ANY (i.indkey) AND i.indnkeyatts OPERATOR(pg_catalog.>) 1)"
						  " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.atttypid"
						  " WHERE a.attrelid OPERATOR(pg_catalog.=) $1 AND a.attname OPERATOR(pg_catalog.=) $2::pg_catalog.name AND NOT a.attisdropped",
						  &args);
	if (row == NULL)
		return;
	command->column_relaxable = gradual_row_bool(row, 1, false);
	command->column_shared = gradual_row_bool(row, 2, false);
	command->takes_along = takes_along(relation, column);
	command->mentioned = gradual_mentioned_column(relation->oid, column);
}

char *
gradual_facts_index_use(Oid index)
{
	GradualArgs args = {0};
	GradualRow *row;
	char	   *last;
	int64		scans;

	gradual_args_oid(&args, OIDOID, index);
	/* last_idx_scan came with 16 */
	row = gradual_spi_row("SELECT s.idx_scan, pg_catalog.to_jsonb(s) ->> 'last_idx_scan'"
						  " FROM pg_catalog.pg_stat_all_indexes s WHERE s.indexrelid OPERATOR(pg_catalog.=) $1",
						  &args);
	if (row == NULL)
		return pstrdup("");
	scans = gradual_row_bigint(row, 1, 0);
	last = gradual_row_text(row, 2);
	if (scans == 0)
		return pstrdup("never used since statistics are kept");
	if (last != NULL)
		return psprintf("last used on %s", pnstrdup(last, strlen("2000-01-01")));
	return psprintf("used " INT64_FORMAT " times since statistics are kept", scans);
}

/* As REFRESH decides it: a unique index over plain columns, and all rows. */
bool
gradual_facts_refreshable(const GradualRelation *relation)
{
	Relation	rel;
	ListCell   *lc;
	bool		found = false;

	if (!OidIsValid(relation->oid) || relation->relkind != RELKIND_MATVIEW)
		return false;
	rel = relation_open(relation->oid, NoLock);
	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = relation_open(lfirst_oid(lc), AccessShareLock);

		found |= index->rd_index->indisunique && index->rd_index->indimmediate &&
			index->rd_index->indisvalid &&
			RelationGetIndexExpressions(index) == NIL &&
			RelationGetIndexPredicate(index) == NIL;
		relation_close(index, NoLock);
	}
	found &= RelationIsPopulated(rel);
	relation_close(rel, NoLock);
	return found;
}

char *
gradual_facts_base_type(Form_pg_attribute attribute)
{
	FormData_pg_attribute base = *attribute;

	if (get_typtype(attribute->atttypid) == TYPTYPE_DOMAIN &&
		(DomainHasConstraints(attribute->atttypid) || get_typdefault(attribute->atttypid) != NULL))
		base.atttypid = getBaseTypeAndTypmod(attribute->atttypid, &base.atttypmod);
	return type_text(&base);
}

static char *
type_text(Form_pg_attribute attribute)
{
	int			level = gradual_lookup_pin_path();
	char	   *sql = format_type_with_typemod(attribute->atttypid, attribute->atttypmod);

	if (OidIsValid(attribute->attcollation) &&
		attribute->attcollation != get_typcollation(attribute->atttypid))
		sql = psprintf("%s COLLATE %s", sql, generate_collation_name(attribute->attcollation));
	AtEOXact_GUC(true, level);
	return sql;
}

bool
gradual_facts_type_costs(Oid type)
{
	return get_typtype(type) == TYPTYPE_DOMAIN &&
		(DomainHasConstraints(type) || contain_volatile_functions(get_typdefault(type)));
}

/* The same with the default that the column itself has. */
static bool
domain_costs(Relation rel, Form_pg_attribute attribute)
{
	return gradual_facts_type_costs(attribute->atttypid) &&
		(DomainHasConstraints(attribute->atttypid) || !attribute->atthasdef ||
		 contain_volatile_functions(build_column_default(rel, attribute->attnum)));
}

/* From 18 on it may be computed when it is read. */
static char *
generated_text(char generated, const char *expression)
{
	return psprintf("GENERATED ALWAYS AS (%s) %s", expression,
					generated == ATTRIBUTE_GENERATED_STORED ? "STORED" : "VIRTUAL");
}

static char *
storage_text(Form_pg_attribute attribute)
{
	if (attribute->attstorage == get_typstorage(attribute->atttypid))
		return NULL;
	switch (attribute->attstorage)
	{
		case TYPSTORAGE_PLAIN:
			return "PLAIN";
		case TYPSTORAGE_EXTERNAL:
			return "EXTERNAL";
		case TYPSTORAGE_MAIN:
			return "MAIN";
		default:
			return "EXTENDED";
	}
}
