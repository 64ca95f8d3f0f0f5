using System.Text.Json;
using Crm.Notices.Priority;

namespace Crm.Engine;

/// <summary>
/// What users have in common goes into the tenant's ranking, where each of them starts from: every tenth answer of a user moves it a little his way. Only
/// sums of many answers leave his record, never one of them.
/// </summary>
public sealed class TenantRanking : IProcess
{
    private const long Every = 10;
    private static readonly string LearnType = $"{Ranking.KindName}.{Learn.Name}";

    /// <inheritdoc />
    public string Name => "rankings.tenant";

    /// <inheritdoc />
    public bool Hears(string kind, Change change) => kind == Ranking.KindName && change.Type == LearnType
        && change.Fields.TryGetValue("answers", out var answers) && answers.To.ValueKind == JsonValueKind.Number && answers.To.GetInt64() % Every == 0;

    /// <inheritdoc />
    public Task<IReadOnlyList<Reaction>> React(Nudge heard, IRecords records, CancellationToken cancel)
    {
        var user = Ranking.From(heard.After);
        return Task.FromResult<IReadOnlyList<Reaction>>(heard.After.Deleted || user.Weights is null
            ? []
            : [new(Ranking.At(heard.At.Tenant), Blend.Name, Json.Element(new Blend(user.Weights)))]);
    }
}
