using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Web.Feeds;
using Crm.Web.Admission;

namespace Crm.Web.Live;

/// <content>Feeds and timelines, live.</content>
internal sealed partial class CrmHub
{
    /// <summary>Answers with the first page; every later entry follows.</summary>
    [Admits(Priority.Read)]
    public Task<FeedAnswer> WatchActivity(JsonElement query) => feeds.Watch(Me, Arguments.Activity(query), Context.ConnectionAborted);

    /// <summary>Ends it; one that is not there is no fault.</summary>
    public void UnwatchActivity(JsonElement subscription)
    {
        if (Me.Feeds.TryGetValue(Arguments.Name(subscription, "subscription"), out var feed))
        {
            feed.End();
        }
    }
}

/// <summary>The answer to WatchActivity, and the signal that it is being written.</summary>
[JsonConverter(typeof(Json))]
internal sealed record FeedAnswer(string Subscription, ActivityPage Page, Action Written)
{
    internal sealed class Json : JsonConverter<FeedAnswer>
    {
        public override FeedAnswer Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, FeedAnswer value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("subscription", value.Subscription);
            ActivityJson.WritePage(writer, value.Page);
            writer.WriteEndObject();
            value.Written();
        }
    }
}
