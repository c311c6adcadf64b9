/*
 * member.c
 *	  What an object of the catalog is.
 *
 * The server's own descriptions would give the clones away, and would give
 * their originals a schema, since a clone hides its original in the search path.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_trigger.h"
#include "rewrite/rewriteSupport.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "script/catalog.h"
#include "script/key_mark.h"
#include "script/lookup.h"
#include "script/member.h"

/* --- which object is it? --- */

/* The row of an object in its catalog, copied; NULL if there is none. */
static HeapTuple
fetch(const ObjectAddress *object)
{
	Relation	catalog;
	HeapTuple	tuple;

	/* PostgreSQL has no properties of it */
	if (object->classId == PublicationRelRelationId)
		return SearchSysCacheCopy1(PUBLICATIONREL, ObjectIdGetDatum(object->objectId));
	catalog = table_open(object->classId, AccessShareLock);
	tuple = get_catalog_object_by_oid(catalog, get_object_attnum_oid(object->classId),
									  object->objectId);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	table_close(catalog, AccessShareLock);
	return tuple;
}

static void
identify_relation(GradualMember *member)
{
	Oid			oid = member->address.objectId;
	char		relkind = get_rel_relkind(oid);

	member->relation = oid;
	if (relkind == RELKIND_TOASTVALUE)
		member->kind = GRADUAL_MEMBER_OTHER;
	else if (GRADUAL_IS_INDEX(relkind))
	{
		member->kind = GRADUAL_MEMBER_INDEX;
		member->relation = IndexGetRelation(oid, true);
	}
	else if (member->address.objectSubId != 0)
	{
		member->kind = GRADUAL_MEMBER_COLUMN;
		member->name = get_attname(oid, member->address.objectSubId, false);
	}
	else
		member->kind = GRADUAL_MEMBER_RELATION;
}

static void
identify_default(GradualMember *member)
{
	ObjectAddress column = GetAttrDefaultColumnAddress(member->address.objectId);

	member->kind = GRADUAL_MEMBER_DEFAULT;
	member->relation = column.objectId;
	if (OidIsValid(column.objectId))
		member->name = get_attname(column.objectId, column.objectSubId, false);
}

/* What is a row of a catalog of its own, with the relation that it belongs to. */
static void
identify_part(GradualMember *member, HeapTuple tuple)
{
	switch (member->address.classId)
	{
		case ConstraintRelationId:
			{
				Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT(tuple);

				member->kind = constraint->contype == CONSTRAINT_FOREIGN ?
					GRADUAL_MEMBER_FOREIGN_KEY : GRADUAL_MEMBER_CONSTRAINT;
				member->relation = constraint->conrelid;
				member->name = pstrdup(NameStr(constraint->conname));
			}
			break;
		case TriggerRelationId:
			{
				Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);

				member->kind = trigger->tgisinternal ? GRADUAL_MEMBER_OTHER : GRADUAL_MEMBER_TRIGGER;
				member->relation = trigger->tgrelid;
				member->name = pstrdup(NameStr(trigger->tgname));
			}
			break;
		case RewriteRelationId:
			{
				Form_pg_rewrite rule = (Form_pg_rewrite) GETSTRUCT(tuple);

				member->kind = GRADUAL_MEMBER_RULE;
				member->relation = rule->ev_class;
				member->name = pstrdup(NameStr(rule->rulename));
				if (strcmp(member->name, ViewSelectRuleName) == 0)
				{
					ObjectAddressSet(member->address, RelationRelationId, rule->ev_class);
					member->kind = GRADUAL_MEMBER_RELATION;
				}
			}
			break;
		case PolicyRelationId:
			member->kind = GRADUAL_MEMBER_POLICY;
			member->relation = ((Form_pg_policy) GETSTRUCT(tuple))->polrelid;
			member->name = pstrdup(NameStr(((Form_pg_policy) GETSTRUCT(tuple))->polname));
			break;
		case StatisticExtRelationId:
			member->kind = GRADUAL_MEMBER_STATISTICS;
			member->relation = ((Form_pg_statistic_ext) GETSTRUCT(tuple))->stxrelid;
			member->name = pstrdup(NameStr(((Form_pg_statistic_ext) GETSTRUCT(tuple))->stxname));
			break;
		case PublicationRelRelationId:
			member->kind = GRADUAL_MEMBER_PUBLISHED;
			member->relation = ((Form_pg_publication_rel) GETSTRUCT(tuple))->prrelid;
			break;
		case TypeRelationId:
			if (OidIsValid(((Form_pg_type) GETSTRUCT(tuple))->typrelid) &&
				get_rel_relkind(((Form_pg_type) GETSTRUCT(tuple))->typrelid) != RELKIND_COMPOSITE_TYPE)
			{
				member->kind = GRADUAL_MEMBER_ROW_TYPE;
				member->relation = ((Form_pg_type) GETSTRUCT(tuple))->typrelid;
			}
			break;
		default:
			break;
	}
}

/* --- in words --- */

GradualRelation *
gradual_member_relation(GradualRehearsal *rehearsal, Oid oid)
{
	GradualRelation *found = gradual_lookup_of_clone(rehearsal, oid);
	ListCell   *lc;

	if (found != NULL)
		return found;
	foreach(lc, rehearsal->relations)
	{
		found = lfirst(lc);
		if (found->oid == oid)
			return found;
	}
	return NULL;
}

GradualRelation *
gradual_member_find(GradualRehearsal *rehearsal, Oid oid)
{
	GradualRelation *relation = gradual_member_relation(rehearsal, oid);

	return relation != NULL ? relation : gradual_lookup_real(rehearsal, oid);
}

bool
gradual_member_constraint_is_gone(GradualRehearsal *rehearsal, Oid table, const char *constraint)
{
	GradualRelation *relation = gradual_member_relation(rehearsal, table);
	Oid			oid;

	if (relation == NULL || relation->gone || !OidIsValid(relation->clone))
		return relation != NULL && relation->gone;
	oid = get_relation_constraint_oid(table, constraint, true);

	/* a stand-in, but for keys that the script makes of the clone itself */
	return !OidIsValid(table != relation->clone && gradual_catalog_constraint_type(oid) == CONSTRAINT_FOREIGN ?
					   gradual_key_mark_find(relation->clone, oid) :
					   get_relation_constraint_oid(relation->clone, constraint, true));
}

/* As PostgreSQL would write it: with its schema only if it needs one. */
static char *
relation_name(GradualRehearsal *rehearsal, Oid oid)
{
	GradualRelation *relation = gradual_member_relation(rehearsal, oid);
	Oid			schema = relation != NULL ? relation->schema : get_rel_namespace(oid);
	const char *name = relation != NULL ? relation->name : get_rel_name(oid);

	return quote_qualified_identifier(list_member_oid(fetch_search_path(true), schema) ? NULL :
									  get_namespace_name(schema), name);
}

static const char *
relation_kind(GradualRehearsal *rehearsal, Oid oid)
{
	GradualRelation *relation = gradual_member_relation(rehearsal, oid);

	switch (relation != NULL ? relation->relkind : get_rel_relkind(oid))
	{
		case RELKIND_VIEW:
			return "view";
		case RELKIND_MATVIEW:
			return "materialized view";
		case RELKIND_SEQUENCE:
			return "sequence";
		case RELKIND_FOREIGN_TABLE:
			return "foreign table";
		case RELKIND_COMPOSITE_TYPE:
			return "composite type";
		default:
			return "table";
	}
}

static char *
describe(GradualRehearsal *rehearsal, const GradualMember *member)
{
	const char *kind;
	char	   *relation;

	if (!OidIsValid(member->relation) || member->kind == GRADUAL_MEMBER_OTHER)
		return getObjectDescription(&member->address, false);
	kind = relation_kind(rehearsal, member->relation);
	relation = relation_name(rehearsal, member->relation);
	switch (member->kind)
	{
		case GRADUAL_MEMBER_RELATION:
			return psprintf("%s %s", kind, relation);
		case GRADUAL_MEMBER_INDEX:
			return psprintf("index %s", relation_name(rehearsal, member->address.objectId));
		case GRADUAL_MEMBER_COLUMN:
			return psprintf("column %s of %s %s", quote_identifier(member->name), kind, relation);
		case GRADUAL_MEMBER_DEFAULT:
			return psprintf("default value for column %s of %s %s",
							quote_identifier(member->name), kind, relation);
		case GRADUAL_MEMBER_CONSTRAINT:
		case GRADUAL_MEMBER_FOREIGN_KEY:
			return psprintf("constraint %s on %s %s", quote_identifier(member->name),
							kind, relation);
		case GRADUAL_MEMBER_TRIGGER:
			return psprintf("trigger %s on %s %s", quote_identifier(member->name),
							kind, relation);
		case GRADUAL_MEMBER_RULE:
			return psprintf("rule %s on %s %s", quote_identifier(member->name), kind, relation);
		case GRADUAL_MEMBER_POLICY:
			return psprintf("policy %s on %s %s", quote_identifier(member->name), kind, relation);
		case GRADUAL_MEMBER_ROW_TYPE:
			return psprintf("type %s", relation);
		default:
			return getObjectDescription(&member->address, false);
	}
}

GradualMember *
gradual_member_identify(GradualRehearsal *rehearsal, const ObjectAddress *object)
{
	GradualMember *member = palloc0(sizeof(GradualMember));
	HeapTuple	tuple;

	member->address = *object;
	member->kind = GRADUAL_MEMBER_OTHER;
	switch (object->classId)
	{
		case RelationRelationId:
			identify_relation(member);
			break;
		case AttrDefaultRelationId:
			identify_default(member);
			break;
		case ConstraintRelationId:
		case TriggerRelationId:
		case RewriteRelationId:
		case PolicyRelationId:
		case StatisticExtRelationId:
		case PublicationRelRelationId:
		case TypeRelationId:
			tuple = fetch(object);
			if (HeapTupleIsValid(tuple))
				identify_part(member, tuple);
			break;
		default:
			break;
	}
	member->words = describe(rehearsal, member);
	return member;
}
