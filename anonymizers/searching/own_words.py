"""Words that Dagster and koond write into the event store, the ledger and their settings in every run.

They only spare the search its work: a word that is missing here costs time and hides nothing. Words of a site, of assets
and of their descriptions are not here: they come from the site folder and from the definitions.
"""

OWN_WORDS = (
    "assetcheckevaluation assetcheckevaluationplanned assetcheckseverity assetmaterialization computelogscapturedata",
    "assetmaterializationplanneddata candidateiomanager dagsterevent engineeventdata eventlogentry eventlogrecord",
    "floatmetadataentrydata handledoutputdata intmetadataentrydata loadedinputdata opendpnoise pipelinerun",
    "pipelinerunstatus publishediomanager pythonartifactmetadataentrydata refusingiomanager reportiomanager",
    "restrictediomanager sourceiomanager stepinputdata stepmaterializationdata stepoutputdata stepsuccessdata",
    "timestampwithtimezone timewindow timewindowpartitionsdefinition timewindowpartitionssubset typecheckdata weekkeystore",
    "textmetadataentrydata stepfailuredata stepexecutionskippeddata serializableerrorinfo userfailuredata errorsource",
    "steprestarted jobfailuredata runfailurereason daggerevent dagsterruntags pipelinefailuredata",
    "adds intends materialize asset check started starting execution of run for executing steps step in process pid",
    "initialization resources finished init time capturing captured logs loaded input using manager got type yielded output",
    "result materialized value handled from to passed failed failure skipped due dependencies pointer history event events",
    "message error logging tags planned subset specific timezone fmt exclusions offset cron schedule schedules marker start",
    "end module cmd shell external url stdout stderr fn op name duration ms bots consent unknown unreadable severity",
    "concurrent copied core enabled kept library load noop noopcomputelogmanager nux prints settings stack telemetry shows",
    "show shown that can nothing rows trace yaml yet moves pipelines managers mechanism contract cause cls ledger solids repo",
    "selection stays switched exact included control digest fingerprint real reserved seed drawn released refused marked",
    "missing key made destroyed allow allows overwritten trials times third wide target europe tallinn db y m d w dagit",
    "sending sent delivered told files cut short leak scans candidates newsletter disclosures newsletters due already waiting",
    "client errors there absent granting cookies looked hold must not mend site sets them suppressed visitors overdue networks",
    "retentionstore cataloguestore ownuseiomanager suppressionstore mailingrecordstore deliverystore signing signed signature",
    "untrusted trusted comment minisign minisig public pub by koond interrupt unexpected termination interrupted",
    "unexpectedly no user initiated request was found treating as failure errorsource core errors",
    "dagsterexecutioninterruptederror error id has been masked to prevent leaking sensitive info",
    "warn assetcheckevaluationtargetmaterializationdata",
    "revision anchor opacity transform caption group middle points derived data",
    "true false null retries metadata user description dagsterfailure class context interrupted canceled launch launched",
)
