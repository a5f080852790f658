<?php

declare(strict_types=1);

namespace Hookgate;

use SplObjectStorage;
use WP_REST_Request;
use WP_REST_Response;
use WP_REST_Server;

/**
 * `POST /wp-json/hookgate/v1/deliveries`: the path of one delivery.
 */
final class Route
{
    private const SPACE = 'hookgate/v1';
    private const PATH = '/deliveries';

    /** @var SplObjectStorage<WP_REST_Request, WP_REST_Response>|null */
    private static ?SplObjectStorage $answers = null;

    public static function register(): void
    {
        add_action('rest_api_init', [self::class, 'announce']);
        // WordPress refuses malformed JSON before it asks a route for permission. Nobody unproven gets that far here.
        add_filter('rest_pre_dispatch', [self::class, 'intercept'], PHP_INT_MIN, 3);
    }

    public static function announce(): void
    {
        register_rest_route(self::SPACE, self::PATH, [
            'methods' => 'POST',
            'callback' => [self::class, 'answer'],
            // The signature is the permission, and `answer` checks it first of all.
            'permission_callback' => '__return_true',
            'show_in_index' => false,
        ]);
    }

    /**
     * Answers what is meant for this route, whatever its method and its content, and leaves the rest alone.
     *
     * @param mixed $result
     * @return mixed
     */
    public static function intercept($result, WP_REST_Server $server, WP_REST_Request $request)
    {
        $route = untrailingslashit($request->get_route());
        // As WordPress compares: it lets a line feed through at the end.
        $isMeant = preg_match('@^/' . self::SPACE . self::PATH . '$@i', $route) === 1;
        return $isMeant ? self::answer($request) : $result;
    }

    /**
     * Each request has one answer: should another plugin drop what `intercept` gave, the route gives it again.
     */
    public static function answer(WP_REST_Request $request): WP_REST_Response
    {
        self::$answers = self::$answers ?? new SplObjectStorage();
        if (!isset(self::$answers[$request])) {
            self::$answers[$request] = self::respond($request);
        }
        return self::$answers[$request];
    }

    private static function respond(WP_REST_Request $request): WP_REST_Response
    {
        // What the database says is written to the log, never into an answer.
        $shown = $GLOBALS['wpdb']->hide_errors();
        try {
            return self::deliver($request)->toResponse();
        } catch (EarlyAnswer $early) {
            return $early->answer()->toResponse();
        } finally {
            $GLOBALS['wpdb']->show_errors($shown);
        }
    }

    /**
     * 1. Is the site open? Without valid secrets it is not – 503 hookgate_closed.
     * 2. Verify the signature over the raw body – 401 hookgate_unauthorized, for whatever is not signed right.
     * 3. Has an admin paused the site? – 503 hookgate_paused.
     * 4. Read the payload – 400 hookgate_malformed.
     * 5. Claim the delivery – 200 with the stored answer, 409 hookgate_in_progress, 503 hookgate_unavailable.
     * 6. Resolve its objects – 400 hookgate_objects_not_found, and the claim is released.
     * 7. Run the workflow – 500 hookgate_workflow_failed, 503 hookgate_no_workflow, and the attempt is marked failed.
     * 8. Settle the claim, which {@see Attempt} does whatever way 6 and 7 end.
     * 9. Answer – 200 hookgate_accepted.
     *
     * @throws EarlyAnswer
     */
    private static function deliver(WP_REST_Request $request): Answer
    {
        // 1
        $keys = Secrets::keys();
        if ($keys === []) {
            throw new EarlyAnswer(Answer::closed());
        }
        // 2
        $signature = $request->get_method() === 'POST' ? Signature::ofRequest($request, $keys) : null;
        if ($signature === null) {
            throw new EarlyAnswer(Answer::unauthorized());
        }
        // 3
        if (Pause::current() !== null) {
            throw new EarlyAnswer(Answer::paused());
        }
        // 4
        $payload = Payload::read($request->get_body());
        // 5
        $claim = Claim::take($signature, $payload->hook());
        return Attempt::run($claim, static function () use ($claim, $payload): Answer {
            // 6
            $objects = Objects::resolve($payload, $claim);
            $claim->resolved($objects->ids());
            // 7
            Workflow::run(new Delivery($claim, $payload, $objects));
            // 8, 9
            return Answer::accepted($objects->ids());
        });
    }
}
