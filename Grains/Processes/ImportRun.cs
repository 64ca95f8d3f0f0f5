using System.Text.Json;
using Crm.Contacts;
using Crm.Contacts.Csv;
using Crm.Imports;

namespace Crm.Engine;

/// <summary>What lines have come to so far.</summary>
public sealed class ImportTally
{
    /// <summary>Examples of each kind that a dry run keeps.</summary>
    public const int MostPreviews = 100;

    /// <summary>Rows that are done, for good.</summary>
    public long Done { get; set; }

    /// <summary>Rows that made a contact.</summary>
    public long Created { get; set; }

    /// <summary>Rows that added to one.</summary>
    public long Merged { get; set; }

    /// <summary>Rows that had nothing to add.</summary>
    public long Skipped { get; set; }

    /// <summary>Rows with errors.</summary>
    public long Failed { get; set; }

    /// <summary>The last line that is done.</summary>
    public long Line { get; set; }

    /// <summary>The first errors.</summary>
    public List<LineNote> Errors { get; } = [];

    /// <summary>The first warnings.</summary>
    public List<LineNote> Warnings { get; } = [];

    /// <summary>Of a dry run, by what would happen.</summary>
    public Dictionary<string, IReadOnlyList<Preview>> Previews { get; } = new() { ["created"] = new List<Preview>(), ["merged"] = new List<Preview>(), ["skipped"] = new List<Preview>() };
}

/// <summary>A row that could not be imported, and why.</summary>
public sealed record FailedRow(CsvRow Row, IReadOnlyList<Problem> Problems);

/// <summary>
/// Brings the rows of a file in, batch by batch, in memory that does not grow with the file: while one batch is being written the next one is read and
/// looked up. Every command's id follows from import and line, so rows that are repeated after a crash make nothing twice.
/// </summary>
public sealed class ImportRun(Address job, ImportJob plan, Caller caller, IRecords records, ILookup lookup, TimeProvider time)
{
    /// <summary>Rows that are looked up and written together. Up to twice as many commands are in flight.</summary>
    public const int BatchSize = 256;

    private const int Attempts = 6;
    private readonly KnownContacts _known = new(plan.DryRun);

    /// <summary>Who imports; replaced when the user's rights have changed.</summary>
    public Caller Caller { get; set; } = caller;

    /// <summary>Runs to the end, or until <paramref name="went"/> says no.</summary>
    /// <param name="rows">From the first one that is not done.</param>
    /// <param name="went">Hears after every batch what is done; false stops.</param>
    /// <param name="failed">Hears every row that failed, in the order of the rows.</param>
    /// <returns>False when it was stopped.</returns>
    public async Task<bool> Run(
        IEnumerable<CsvRow> rows, RowReader reader, ImportTally tally, Func<ImportTally, Task<bool>> went, Action<FailedRow> failed, CancellationToken cancel)
    {
        Task<Batch> writing = Task.FromResult(new Batch([]));
        foreach (var chunk in rows.Chunk(BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            _known.NextBatch();
            var batch = new Batch([.. chunk.Select(row => Read(row, reader))]);
            await Meet(batch, cancel); // The batch before the last one is written, so it is found; the last one is remembered.
            var next = Write(batch);
            if (!await Count(await writing, tally, went, failed))
            {
                await next;
                return false;
            }

            writing = next;
        }

        return await Count(await writing, tally, went, failed);
    }

    private static Row Read(CsvRow row, RowReader reader)
    {
        if (row.Problem is { } broken)
        {
            return new(row, null, [], null, [new("", "import.line", broken)], []);
        }

        var read = reader.Read(row.Cells);
        return read.Contact is { } contact
            ? new(row, contact, [.. ContactKeys.Exact(contact)], Trace.Of(contact), [], read.Warnings)
            : new(row, null, [], null, read.Problems, read.Warnings);
    }

    // Looks up by which stored contacts the batch's rows could be met.
    private async Task Meet(Batch batch, CancellationToken cancel)
    {
        if (plan.OnDuplicate == OnDuplicate.Create)
        {
            return;
        }

        var ids = new HashSet<string>();
        foreach (var keys in batch.Rows.SelectMany(row => row.Keys).Distinct().Chunk(ILookup.MostKeys))
        {
            var found = await lookup.ByKeys(job.Tenant, Contact.KindName, keys, cancel);
            ids.UnionWith(found.Values.SelectMany(holders => holders));
        }

        var views = await Task.WhenAll(ids.Where(id => _known.Find(id) is null).Select(id => records.Read(At(id), Caller)));
        foreach (var view in views.OfType<RecordView>())
        {
            var contact = Json.Unflatten<Contact>(view.Fields);
            _known.Add(new(view.Id, Trace.Of(contact)), ContactKeys.Exact(contact));
        }
    }

    // Decides row by row, so that a row meets what the rows before it make; the commands themselves overlap.
    private async Task<Batch> Write(Batch batch)
    {
        var writing = batch.Rows.Select(Decide).ToList();
        await Task.WhenAll(writing);
        batch.Ends.AddRange(writing.Select(end => end.Result));
        return batch;
    }

    private Task<End> Decide(Row row)
    {
        if (row.Contact is null)
        {
            return Task.FromResult(new End("failed"));
        }

        var own = CommandIds.Derive("import", job.ToString(), row.Line.ToString()).ToString();
        var same = plan.OnDuplicate == OnDuplicate.Create ? null
            : _known.Find(own) ?? _known.Same(row.Trace!, row.Keys); // Its own contact is there when the row is repeated after a crash.
        if (same is null)
        {
            same = new(own, row.Trace!);
            _known.Add(same, row.Keys);
            var making = plan.DryRun ? Task.FromResult(new End("created")) : Do(same, row, "created", Import.Name, new { job = job.Id, fields = row.Contact });
            same.Last = making;
            return making;
        }

        if (same.Id == own)
        {
            return Task.FromResult(new End("created"));
        }

        if (plan.OnDuplicate == OnDuplicate.Skip || !same.Trace.Lacks(row.Trace!))
        {
            return Task.FromResult(new End("skipped", same.Id));
        }

        same.Trace = same.Trace.Filled(row.Trace!);
        _known.Add(same, row.Keys);
        var filling = plan.DryRun ? Task.FromResult(new End("merged", same.Id)) : After(same.Last, same, row);
        same.Last = filling;
        return filling;
    }

    private async Task<End> After(Task before, KnownContact same, Row row)
    {
        await before;
        return await Do(same, row, "merged", Fill.Name, new { job = job.Id, fields = row.Contact });
    }

    private async Task<End> Do(KnownContact contact, Row row, string end, string verb, object args)
    {
        var id = CommandIds.Derive("import", job.ToString(), row.Line.ToString(), verb);
        var body = Json.Element(args);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var outcome = await records.Do(At(contact.Id), Caller, id, verb, body);
                return outcome.Status == Status.Rejected ? new("failed", contact.Id, outcome.Errors) : new(end, contact.Id);
            }
            catch (UnavailableException fault) when (attempt < Attempts)
            {
                await Task.Delay(fault.RetryAfter * attempt, time);
            }
        }
    }

    private async Task<bool> Count(Batch batch, ImportTally tally, Func<ImportTally, Task<bool>> went, Action<FailedRow> failed)
    {
        foreach (var (row, end) in batch.Rows.Zip(batch.Ends))
        {
            tally.Done++;
            tally.Line = Math.Max(tally.Line, row.Line);
            _ = end.What switch
            {
                "created" => tally.Created++,
                "merged" => tally.Merged++,
                "skipped" => tally.Skipped++,
                _ => tally.Failed++,
            };
            var problems = row.Problems.Concat(end.Errors ?? []).ToList();
            foreach (var problem in problems)
            {
                Keep(tally.Errors, new(row.Line, problem.Field, problem.Text), ImportJob.MaxErrors);
            }

            if (problems.Count > 0)
            {
                failed(new(row.Cells, problems));
            }

            foreach (var warning in row.Warnings)
            {
                Keep(tally.Warnings, new(row.Line, warning.Field, warning.Text), ImportJob.MaxWarnings);
            }

            if (plan.DryRun && tally.Previews.TryGetValue(end.What, out var previews) && previews.Count < ImportTally.MostPreviews)
            {
                Keep((List<Preview>)previews, new(row.Line, end.What == "created" ? null : end.Contact, Json.Element(row.Contact)), ImportTally.MostPreviews);
            }
        }

        return batch.Rows.Count == 0 || await went(tally);
    }

    private static void Keep<T>(List<T> list, T item, int most)
    {
        if (list.Count < most)
        {
            list.Add(item);
        }
    }

    private Address At(string contact) => new(job.Tenant, Contact.KindName, contact);

    private sealed record Row(
        CsvRow Cells, Contact? Contact, IReadOnlyList<string> Keys, Trace? Trace, IReadOnlyList<Problem> Problems, IReadOnlyList<Problem> Warnings)
    {
        public long Line => Cells.Line;
    }

    private sealed record End(string What, string? Contact = null, IReadOnlyList<Problem>? Errors = null);

    private sealed record Batch(IReadOnlyList<Row> Rows)
    {
        public List<End> Ends { get; } = [];
    }
}
