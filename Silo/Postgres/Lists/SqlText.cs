using Npgsql;
using NpgsqlTypes;

namespace Crm.Silo.Postgres.Lists;

/// <summary>The parameters of a statement under construction. Whatever comes from outside is a parameter, the names of fields too.</summary>
internal sealed class SqlText
{
    private readonly List<NpgsqlParameter> _parameters = [];
    private readonly Dictionary<string, string> _texts = [];

    /// <summary>A text.</summary>
    public string Text(string value)
    {
        if (!_texts.TryGetValue(value, out var name))
        {
            _texts[value] = name = Add(Database.Text(value), "text");
        }

        return name;
    }

    /// <summary>A list of texts.</summary>
    public string Texts(IEnumerable<string> values) => Add(Database.Column(values, NpgsqlDbType.Text), "text[]");

    /// <summary>Hashed terms.</summary>
    public string Terms(IEnumerable<int> values) => Add(Database.Column(values.Distinct(), NpgsqlDbType.Integer), "int4[]");

    /// <summary>Whole numbers.</summary>
    public string Longs(IEnumerable<long> values) => Add(Database.Column(values, NpgsqlDbType.Bigint), "int8[]");

    /// <summary>A whole number.</summary>
    public string Long(long value) => Add(Database.Value(value), "int8");

    /// <summary>Instants of microseconds since 1970; those beyond what the database's clock could show become its first or last.</summary>
    public string Instants(IEnumerable<long> micros) => Add(Database.Column(micros.Select(Instant), NpgsqlDbType.TimestampTz), "timestamptz[]");

    /// <summary>A pattern of LIKE: the text with its wild cards taken literally, between <paramref name="before"/> and <paramref name="after"/>.</summary>
    public string Like(string before, string text, string after) => Text(
        before + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + after);

    /// <summary>The statement with its parameters.</summary>
    public NpgsqlBatchCommand Command(string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in _parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static DateTime Instant(long micros)
    {
        var first = (DateTime.MinValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var last = (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        return DateTime.UnixEpoch.AddTicks(Math.Clamp(micros, first, last) * TimeSpan.TicksPerMicrosecond);
    }

    private string Add(NpgsqlParameter parameter, string type)
    {
        _parameters.Add(parameter);
        return $"${_parameters.Count}::{type}";
    }
}
